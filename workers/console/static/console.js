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

const tickOf = (row) => row?.querySelector("input[type=checkbox]");

function choose(decision) {
  const field = document.querySelector("select[name=do]");
  if (!field) return;
  if (rows.length && !rows.some((row) => tickOf(row).checked)) {
    if (here < 0) goTo(0);
    tickOf(rows[here]).checked = true;
  }
  field.value = decision;
  field.form.elements.reason.focus();
}

function press(key) {
  if (key === "j") goTo(here + 1);
  else if (key === "k") goTo(here - 1);
  else if (key === "o" && here >= 0) rows[here].querySelector("a").click();
  else if (key === "x" && here >= 0) tickOf(rows[here]).checked = !tickOf(rows[here]).checked;
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
for (const button of document.querySelectorAll("[data-opens]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}
