"""A person looks at cases and decides about them at the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Played
from tests.servers.terminal import Terminal


@pytest.fixture
def user(played: Played, tmp_path: Path) -> Terminal:
    """A user who has seeded, crawled and verified; what the test changes is its own."""
    return played.go_on(tmp_path / "user").user


@pytest.fixture(scope="module")
def unchanged(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """The same user, for tests that change nothing."""
    return played.go_on(tmp_path_factory.mktemp("unchanged") / "user").user


def rows(user: Terminal, *words: str) -> list[dict[str, Any]]:
    return user("cases", "list", *words, "--format", "jsonl").rows


def ids(user: Terminal, *words: str) -> list[str]:
    return [row["id"] for row in rows(user, *words)]


def shown(user: Terminal, key: str) -> dict[str, Any]:
    (row,) = user("cases", "show", key).rows
    return row


def test_every_repository_with_a_likely_finding_has_one_case(user: Terminal) -> None:
    likely = {
        (row["repo"]["host"], row["repo"]["full_name"])
        for row in user("findings", "list", "--level", "likely", "--format", "jsonl").rows
    }

    listed = rows(user, "--state", "all")

    assert likely
    assert {(row["host"], row["repository"]) for row in listed} == likely
    assert len({row["id"] for row in listed}) == len(listed)


def test_the_table_the_document_and_the_lines_have_the_same_cases(user: Terminal) -> None:
    lines = ids(user)

    document = json.loads(user("cases", "list", "--format", "json").out)
    heading, *table = user("cases", "list").out.splitlines()

    assert [row["id"] for row in document] == lines
    assert [line.split()[-1] for line in table] == lines
    assert heading.split()[:5] == ["state", "class", "leans", "repository", "packages"]


def test_letters_name_the_cases(user: Terminal, tmp_path: Path) -> None:
    user("report", "-o", str(tmp_path / "report"))

    named = {
        line.removeprefix("Case: ")
        for letter in (tmp_path / "report").glob("takedown-*.md")
        for line in letter.read_text(encoding="utf-8").splitlines()
        if line.startswith("Case: ")
    }
    assert named
    assert named <= set(ids(user))


def test_filters_choose_cases_and_together_they_choose_what_all_of_them_do(user: Terminal) -> None:
    (first, *_) = everything = rows(user)
    owner = first["repository"].partition("/")[0]

    by_host = rows(user, "--host", first["host"])
    by_owner = rows(user, "--owner", owner)
    by_package = rows(user, "--package", first["packages"][0])
    by_name = rows(user, "--package", first["packages"][0].partition("/")[2])

    assert by_host == [row for row in everything if row["host"] == first["host"]]
    assert by_owner == [row for row in everything if row["repository"].partition("/")[0] == owner]
    assert by_package == by_name
    assert first in by_package
    assert rows(user, "--age", "1d") == []
    assert rows(user, "--since", "2036-01-01") == []
    assert rows(user, "--since", "2020-01-01") == everything
    assert len(rows(user, "--class", "lure")) == 4
    assert [row["repository"] for row in rows(user, "--class", "victim")] == ["demo-22/agent"]
    assert rows(user, "--class", "lure", "--state", "needs-look") == []
    assert rows(user, "--class", "unknown") == []


def test_lures_and_victims_are_confirmed_and_what_is_unclear_waits_for_a_person(
    user: Terminal,
) -> None:
    states = {row["repository"]: (row["class"], row["state"]) for row in rows(user)}

    assert states == {
        "demo-01/trading-bot": ("lure", "confirmed"),
        "demo-03/mint-bot": ("lure", "confirmed"),
        "demo-04/copy-trader": ("unclear", "needs-look"),
        "demo-20/agent": ("unclear", "needs-look"),
        "demo-22/agent": ("victim", "confirmed"),
        "demo-42/clean-main": ("lure", "confirmed"),
        "demo-43/monorepo": ("lure", "confirmed"),
    }


def test_a_class_that_is_set_confirms_and_is_undone_with_what_followed(user: Terminal) -> None:
    (key, *_) = ids(user, "--class", "unclear")

    said = user("cases", "triage", key[:8], "--class", "victim", "--reason", "hijacked upstream")
    classed = shown(user, key)
    user("cases", "undo", key, "--reason", "mixed up")

    after = shown(user, key)
    assert (said.code, said.out) == (0, "")
    assert said.err.startswith(f"case {key}: confirmed, class victim, version 4 (")
    assert (classed["state"], classed["class"]) == ("confirmed", "victim")
    assert classed["class_set"]["reason"] == "hijacked upstream"
    assert [line["event"] for line in classed["log"]] == [
        "opened",
        "questioned",
        "classed",
        "cleared",
    ]
    assert [line["by"] for line in classed["log"]] == ["program", "program", "person", "program"]
    assert (after["state"], after["class"]) == ("needs-look", "unclear")
    assert after["log"][-1]["event"] == "undone"


def test_a_benign_case_is_in_no_list_and_in_no_letter_until_it_is_undone(
    user: Terminal, tmp_path: Path
) -> None:
    before = ids(user)

    user("cases", "triage", *before, "--state", "benign", "--reason", "our own samples")
    user("report", "-o", str(tmp_path / "report"))
    dismissed = user("findings", "list", "--status", "dismissed", "--format", "jsonl").rows
    settled = ids(user)
    user("cases", "undo", *before, "--reason", "they are not ours")

    assert settled == []
    assert list((tmp_path / "report").glob("*.md")) == []
    assert dismissed
    assert ids(user) == before


def test_many_cases_that_filters_choose_are_changed_together_and_only_with_yes(
    user: Terminal,
) -> None:
    host = rows(user, "--state", "confirmed")[0]["host"]
    keys = ids(user, "--host", host, "--state", "confirmed")
    words = (
        "--host",
        host,
        "--where-state",
        "confirmed",
        "--state",
        "needs-look",
        "--reason",
        "audit",
    )

    asked = user("cases", "triage", *words)
    unchanged = ids(user, "--state", "needs-look", "--host", host)
    user("cases", "triage", *words, "--yes")

    assert asked.code == 2
    assert f"the filters match {len(keys)} case" in asked.err
    assert set(keys).isdisjoint(unchanged)
    assert set(keys) <= set(ids(user, "--state", "needs-look"))


def test_a_case_that_was_changed_meanwhile_is_not_changed_by_who_saw_it_before(
    user: Terminal,
) -> None:
    key = ids(user)[0]
    seen = str(shown(user, key)["version"])
    user("cases", "note", key, "--text", "asked upstream", "--version", seen)

    late = user("cases", "assign", key, "--to", "night shift", "--version", seen)

    assert late.code == 2
    assert f"case {key} has version {int(seen) + 1}, not {seen}: it was changed" in late.err
    assert shown(user, key)["assigned_to"] is None


def test_a_merged_case_names_the_one_that_stays(user: Terminal) -> None:
    first, second, *_ = ids(user)

    user("cases", "merge", first, "--into", second[:10], "--reason", "a mirror")

    assert (shown(user, first)["state"], shown(user, first)["duplicate_of"]) == (
        "duplicate",
        second,
    )
    assert first not in ids(user)


def test_a_case_as_text_has_its_class_its_findings_and_its_log(user: Terminal) -> None:
    key = ids(user, "--class", "victim")[0]
    user("cases", "assign", key, "--to", "night shift")
    user("cases", "note", key, "--text", "looks\x1b[31m odd\nto me")

    ran = user("cases", "show", key, "--format", "text")

    assert ran.out.startswith(f"{key}: confirmed, class victim, ")
    for line in (
        "  assigned to: night shift",
        "  class by rules 4: victim",
        "  at head: yes; served: ",
    ):
        assert line in ran.out
    assert " opened by program: a lock pins " in ran.out
    assert " noted by person: looks�[31m odd to me (note)" in ran.out


def test_a_class_is_explained_by_its_sum_its_reasons_and_what_could_change_it(
    unchanged: Terminal,
) -> None:
    keys = ids(unchanged)

    explained = unchanged("cases", "explain", *keys).rows
    text = unchanged("cases", "explain", *keys, "--format", "text").out

    assert [one["id"] for one in explained] == keys
    for one in explained:
        by_rules = one["class_by_rules"]
        weights = by_rules["weights"]
        assert sum(by_rules["sums"].values()) == sum(weight["weight"] for weight in weights)
        assert by_rules["leans"] == 2 * by_rules["sums"].get("lure", 0) - sum(
            by_rules["sums"].values()
        )
        for weight in weights:
            assert f"{weight['weight']} towards {weight['towards']}: {weight['text']}" in text
        for missing in by_rules["missing"]:
            assert f"    not looked at, and could change the class: {missing}\n" in text
    assert "; leans +" in text


def test_a_report_is_noted_once_and_its_outcome_counts(user: Terminal) -> None:
    first, second, *_ = ids(user, "--state", "confirmed")
    host = shown(user, first)["host"]
    none = user("cases", "stats")

    user("cases", "reported", first, second, "--channel", "form", "--at", "2026-01-01")
    again = user("cases", "reported", first, "--channel", "form")
    user("cases", "outcome", first, "--removed")
    user("cases", "outcome", second, "--refused", "--text", "they see no malware")

    stats = user("cases", "stats", "--format", "jsonl").rows
    table = user("cases", "stats").out.splitlines()
    of_host = next(row for row in stats if row["host"] == host)
    assert (none.out, none.err) == ("", "no case was reported yet\n")
    assert again.code == 2
    assert f"case {first} is reported: reported is for new, confirmed, regressed only" in again.err
    assert sum(row["reported"] for row in stats) == 2
    assert (of_host["removed"], of_host["came_back"], of_host["withdrawn"]) == (1, 0, 0)
    assert of_host["median_seconds"] > 86_400
    assert shown(user, second)["state"] == "acknowledged"
    assert table[0].split()[:3] == ["host", "reported", "removed"]
    assert any(f"1 of {of_host['reported']}" in line for line in table)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("triage", "--reason", "x", "--class", "lure"), "by their ids or by filters"),
        (("triage", "{key}", "--host", "h", "--reason", "x", "--class", "lure"), "not by both"),
        (("triage", "{key}", "--reason", "x"), "say what is decided: --class or --state"),
        (("triage", "{key}", "--class", "lure"), "--reason"),
        (("triage", "{key}", "--class", "lure", "--reason", " "), "--reason is empty; say why"),
        (("triage", "--host", "zz", "--class", "lure", "--reason", "x"), "no case matches"),
        (
            ("triage", "{key}", "--state", "benign", "--reason", "x", "--expires", "400d"),
            "within the next 365 days",
        ),
        (("note", "{key}", "--text", ""), "--text is empty; say it in a few words"),
        (("note", "zz", "--text", "x"), "no case has an id that begins with 'zz'"),
        (("note", "", "--text", "x"), "several cases have an id that begins with ''"),
        (("assign", "{key}", "--to", "x" * 61), "--to is longer than 60 characters"),
        (("merge", "{key}", "--into", "{key}", "--reason", "x"), "cannot be merged into itself"),
        (("undo", "{key}", "--reason", "x"), "nothing to undo"),
        (("outcome", "{key}", "--removed"), "removed is for reported, acknowledged only"),
        (("outcome", "{key}"), "--acknowledged, --removed or --refused"),
        (("reported", "{key}", "--channel", "form", "--at", "2036-01-01"), "is in the future"),
        (("show", "zz"), "no case has an id that begins with 'zz'"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    unchanged: Terminal, words: tuple[str, ...], said: str
) -> None:
    user = unchanged
    key = ids(user, "--state", "confirmed")[0]
    before = shown(user, key)

    ran = user("cases", *(word.format(key=key) for word in words))

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert shown(user, key) == before


def test_cases_of_nothing_are_an_empty_list(terminal: Terminal) -> None:
    ran = terminal("cases", "list", "--format", "json")

    assert (ran.code, ran.out, terminal("cases", "stats").out) == (0, "[]\n", "")


def letters(folder: Path) -> dict[str, str]:
    """Return the letters in a report folder by the cases that they name."""
    texts = [file.read_text(encoding="utf-8") for file in folder.glob("takedown-*.md")]
    return {text.split("\nCase: ")[1].split("\n")[0]: text for text in texts}


def test_no_second_letter_is_written_about_a_case_until_it_comes_back(
    user: Terminal, tmp_path: Path
) -> None:
    user("report", "-o", str(tmp_path / "first"))
    before = letters(tmp_path / "first")
    key = min(before)
    user("cases", "reported", key, "--channel", "form")

    again = user("report", "-o", str(tmp_path / "first"))
    said = user("report", "-o", str(tmp_path / "second"))
    user("cases", "undo", key, "--reason", "it was not sent")
    user("report", "-o", str(tmp_path / "third"))

    assert len(before) > 1
    assert letters(tmp_path / "first") == before
    assert "not verified within a day" not in again.err
    assert letters(tmp_path / "second").keys() == before.keys() - {key}
    assert "1 case was reported before and got no letter again" in said.err
    assert letters(tmp_path / "third").keys() == before.keys()


@pytest.mark.parametrize("words", [("outcome", "--removed"), ("outcome", "--acknowledged")])
def test_what_was_answered_is_not_written_about_again(
    user: Terminal, tmp_path: Path, words: tuple[str, ...]
) -> None:
    key = ids(user, "--class", "lure")[0]
    user("cases", "reported", key, "--channel", "form")
    user("cases", words[0], key, *words[1:])

    user("report", "-o", str(tmp_path / "report"))

    assert letters(tmp_path / "report")
    assert key not in letters(tmp_path / "report")


def test_a_duplicate_gets_no_letter_of_its_own(user: Terminal, tmp_path: Path) -> None:
    first, second, *_ = ids(user, "--class", "lure")
    user("cases", "merge", first, "--into", second, "--reason", "a mirror")

    user("report", "-o", str(tmp_path / "report"))

    assert first not in letters(tmp_path / "report")
    assert second in letters(tmp_path / "report")


@pytest.mark.parametrize("words", [("open", "--print"), ("send",)])
def test_of_a_desk_that_nobody_knows_it_is_said_what_to_do(
    user: Terminal, words: tuple[str, ...]
) -> None:
    key = ids(user, "--class", "lure")[0]

    ran = user("cases", *words, key)

    assert ran.code == 2
    assert "(the report button of this Forgejo, where its operator has switched" in ran.err
    assert "https://forge.example/.well-known/security.txt" in ran.err
    assert f"By mail: `cases send {key} --to ADDRESS`." in ran.err
    assert f"note it with `cases reported {key} --channel WAY`" in ran.err


def test_a_case_that_a_person_wants_to_look_at_gets_no_letter_until_it_is_confirmed(
    user: Terminal, tmp_path: Path
) -> None:
    first, second, *_ = ids(user, "--class", "lure")
    user("cases", "triage", first, "--state", "needs-look", "--reason", "ask the team")

    user("report", "-o", str(tmp_path / "held"))
    user("cases", "triage", first, "--state", "confirmed", "--reason", "looked")
    user("report", "-o", str(tmp_path / "confirmed"))

    assert first not in letters(tmp_path / "held")
    assert second in letters(tmp_path / "held")
    assert first in letters(tmp_path / "confirmed")


def test_what_is_wrong_after_it_was_reported_has_a_correction_and_says_where_it_goes(
    user: Terminal, tmp_path: Path
) -> None:
    user("report", "-o", str(tmp_path / "first"))
    key = ids(user, "--package", "zz-ghost-wallet")[0]
    user("cases", "reported", key, "--channel", "the form", "--at", "2026-01-02")

    user("ghosts", "allow", "zz-ghost-wallet", "--reason", "ours", "--expires", "30d")
    ran = user("report", "-o", str(tmp_path / "elsewhere"))

    (correction,) = (tmp_path / "elsewhere").rglob("correction-*.md")
    text = correction.read_text(encoding="utf-8")
    assert key in text
    assert "What was said of them no longer holds:" in text
    assert (
        f"case {key} was reported over the form (2026-01-02 00:00 UTC): send its correction there"
        in ran.err
    )


def test_a_reported_lure_that_turns_out_to_be_a_victim_has_its_correction_in_any_folder(
    user: Terminal, tmp_path: Path
) -> None:
    first, second, *_ = ids(user, "--class", "lure")
    user("cases", "reported", first, second, "--channel", "a form", "--at", "2026-01-02")

    user("cases", "triage", first, "--class", "victim", "--reason", "hijacked upstream")
    ran = user("report", "-o", str(tmp_path / "new"))

    (correction,) = (tmp_path / "new").rglob("correction-*.md")
    text = correction.read_text(encoding="utf-8")
    assert f"\nSent over: a form (2026-01-02 00:00 UTC)\nCase: {first}\n" in text
    assert "We no longer ask for a takedown." in text
    assert "We regard the repository as its owner's own work, affected by the package." in text
    assert f"case {first} was reported over a form (2026-01-02 00:00 UTC): send its" in ran.err
    notices = "".join(one.read_text("utf-8") for one in (tmp_path / "new").glob("notice-*.md"))
    assert first not in notices
    assert user("cases", "reported", first, "--channel", "an issue").code == 2


def test_an_owner_who_was_told_gets_the_correction_too_and_no_second_notice(
    user: Terminal, tmp_path: Path
) -> None:
    user("report", "-o", str(tmp_path / "first"))
    key = ids(user, "--class", "victim")[0]
    user("cases", "reported", key, "--channel", "an issue")
    user("report", "-o", str(tmp_path / "second"))
    user("cases", "triage", key, "--state", "false-positive", "--reason", "it was our mistake")
    user("report", "-o", str(tmp_path / "third"))

    assert len(list((tmp_path / "first").glob("notice-*.md"))) == 1
    assert list((tmp_path / "second").rglob("*otice-*.md")) == []
    assert list((tmp_path / "second").rglob("correction-*.md")) == []
    (correction,) = (tmp_path / "third").rglob("correction-*.md")
    assert "it was our mistake" in correction.read_text(encoding="utf-8")


def test_a_report_without_an_answer_for_a_week_is_due_and_its_reminder_says_what_still_holds(
    user: Terminal,
) -> None:
    first, second, third, *_ = ids(user, "--class", "lure")
    day = datetime.now(tz=UTC).date() - timedelta(days=7)
    user("cases", "reported", first, "--channel", "the form", "--at", str(day))
    user("cases", "reported", second, "--channel", "the form")
    user("cases", "reported", third, "--channel", "the form", "--at", str(day))
    user("cases", "outcome", third, "--acknowledged")

    due = ids(user, "--due")
    said = user("status")
    reminder = user("cases", "reminder", first)
    user("cases", "note", first, "--text", "reminded")

    assert due == [first]
    assert "1 report had no answer for too long, or may not have left" in said.out
    assert user("status", "--format", "json").rows[0]["reports_due"] == 0
    assert reminder.out.startswith("# Reminder of our malware report: `")
    assert f"\nSent over: the form ({day} 00:00 UTC)\nCase: {first}\n" in reminder.out
    assert ", 7 days ago, and we have no answer." in reminder.out
    assert ids(user, "--due") == []
    assert user("cases", "reminder", third).code == 2
