// Keys for who likes them; everything can be done without. They can be switched off (WCAG 2.1.4).
"use strict";

const OFF = "ghostcrawl-keys-off";
const DECISIONS = { c: "confirmed", f: "false-positive", b: "benign", n: "note" };
const rows = [...document.querySelectorAll("[data-row]")];
const help = document.getElementById("keys");
const isOn = document.getElementById("keys-on");
let here = -1;

function goTo(index) {
  if (!rows.length) return;
  rows[here]?.removeAttribute("data-here");
  here = Math.min(Math.max(index, 0), rows.length - 1);
  rows[here].setAttribute("data-here", "");
  rows[here].querySelector("a").focus({ preventScroll: true });
  rows[here].scrollIntoView({ block: "nearest" });
}

const tickOf = (row) => row.querySelector("input[type=checkbox]");

function count() {
  const ticked = rows.filter((row) => tickOf(row)?.checked).length;
  const told = document.getElementById("ticked");
  if (told && rows.length) told.textContent = `${ticked} of ${rows.length} ticked`;
}

// Enter in a field presses the first button of its form: let that be the one that was chosen by a key.
function defaultOf(button) {
  button.form.querySelector(".first")?.remove();
  const first = button.cloneNode(true);
  first.className = "first main";
  return first;
}

function choose(decision) {
  const button = document.querySelector(`button[name=do][value="${decision}"]`);
  const field = document.querySelector("select[name=do]");
  if (button) {
    button.form.insertBefore(defaultOf(button), button.form.firstChild);
    button.form.elements.reason.focus();
  }
  if (!field) return;
  if (rows.length && !rows.some((row) => tickOf(row)?.checked)) {
    if (here < 0) goTo(0);
    tickOf(rows[here]).checked = true;
    count();
  }
  field.value = decision;
  const stays = getComputedStyle(field.closest("fieldset")).position === "sticky";
  field.form.elements.reason.focus({ preventScroll: stays });
}

function press(key) {
  if (key === "j") goTo(here + 1);
  else if (key === "k") goTo(here - 1);
  else if (key === "o" && here >= 0) rows[here].querySelector("a").click();
  else if (key === "x" && here >= 0) tickOf(rows[here]).click();
  else if (key in DECISIONS) choose(DECISIONS[key]);
  else if (key === "u" || key === "/") {
    const found = document.querySelector(`[data-key="${key}"]`);
    if (found?.tagName === "BUTTON") found.click();
    else found?.focus();
  } else if (key === "?") help.showModal();
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
  if (typing || event.ctrlKey || event.altKey || event.metaKey || !isOn.checked) {
    if (typing && event.key === "Escape") event.target.blur();
    return;
  }
  if (press(event.key)) event.preventDefault();
});

isOn.checked = localStorage.getItem(OFF) === null;
isOn.addEventListener("change", () => {
  if (isOn.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "yes");
});
document.addEventListener("change", count);
const all = document.getElementById("tick-all");
if (all) {
  all.hidden = false;
  all.addEventListener("change", () => rows.forEach((row) => (tickOf(row).checked = all.checked)));
}
count();
for (const button of document.querySelectorAll("[data-opens]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}
