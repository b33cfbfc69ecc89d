"""A report folder, as it lies on disk after one report and after the next."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.model import FindingStatus, Reason, Report, Repository
from crawler.reporting.interface import Edition
from tests.unit.reporting.letters import EVIDENCE, answered, confirmed, found
from tests.values import NOW, REPOSITORY, SIGHTING
from workers.reports.compose import compose, formats_of
from workers.reports.folder import ReportFolder
from workers.reports.plan import ReportPlan, plan_report

LETTER = "takedown-git.example-acme_task-17.md"
CORRECTION = "withdrawn/correction-git.example-acme_task-17.md"
WITHDRAWN = f"withdrawn/{LETTER}"
MANIFEST = "manifest.json"
FORMATS = ("jsonl", "letter")


def write(
    folder: Path,
    *reports: Report,
    formats: tuple[str, ...] = FORMATS,
    at: datetime = NOW,
    steps: int | None = None,
) -> ReportPlan:
    """Write a report; with `steps`, be killed after so many."""
    with ReportFolder.open(folder) as opened:
        known = opened.records()
        contents = compose(reports, formats, Edition(at=at), known)
        plan = plan_report(contents, known, opened.digest_of, at, "1.0")
        for number, step in enumerate(opened.steps(plan)):
            if number == steps:
                break
            step()
    return plan


def files(folder: Path) -> dict[str, str]:
    """Return the texts of all files, the manifest left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def names(folder: Path) -> set[str]:
    return set(files(folder))


def manifest(folder: Path) -> dict[str, dict[str, object]]:
    listed = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    return {one["name"]: one for one in listed}


def retracted(report: Report) -> Report:
    reason = Reason(code="withdrawn", text="The record was withdrawn.")
    return replace(report, status=FindingStatus.RETRACTED, status_reason=reason)


def stale(report: Report) -> Report:
    evidence = replace(EVIDENCE, verified_at=NOW - timedelta(days=2))
    return replace(report, evidence=evidence)


def second() -> Report:
    """Return another finding of the same repository."""
    return found(confirmed(), key="e" * 64, sighting=replace(SIGHTING, path="app/uv.lock"))


def elsewhere(path: str, number: int) -> Report:
    """Return a finding of another repository."""
    repository = Repository(
        host="git.example", path=path, clone_url=f"https://git.example/{path}.git"
    )
    there = found(confirmed(), key=f"{number:064d}", repository=repository)
    return replace(there, repository_number=number)


def test_a_report_is_a_letter_for_each_repository_the_findings_and_a_manifest(
    tmp_path: Path,
) -> None:
    write(tmp_path, confirmed(), second())

    assert names(tmp_path) == {LETTER, "findings.jsonl"}
    assert manifest(tmp_path)[LETTER] == {
        "name": LETTER,
        "kind": "letter",
        "sha256": manifest(tmp_path)[LETTER]["sha256"],
        "repository": {"host": "git.example", "path": "acme/task", "number": 17},
        "findings": ["e" * 64, confirmed().finding.key],
        "earlier": [],
        "was": None,
        "tool_version": "1.0",
        "created_at": "2026-11-22T12:00:00+00:00",
    }
    assert manifest(tmp_path)["findings.jsonl"]["kind"] == "findings"


def test_a_second_report_of_the_same_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    before = files(tmp_path), (tmp_path / MANIFEST).read_bytes()

    plan = write(tmp_path, confirmed(), at=NOW + timedelta(hours=1))

    assert plan.writes == []
    assert (files(tmp_path), (tmp_path / MANIFEST).read_bytes()) == before


def test_repositories_whose_names_look_alike_have_a_letter_each(tmp_path: Path) -> None:
    write(tmp_path, elsewhere("evil/x_y", 1), elsewhere("evil_x/y", 2))

    assert names(tmp_path) == {
        "findings.jsonl",
        "takedown-git.example-evil_x_y-1.md",
        "takedown-git.example-evil_x_y-2.md",
    }


def test_a_letter_that_no_longer_holds_is_moved_away_with_a_correction(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    letter = files(tmp_path)[LETTER]

    write(tmp_path, retracted(confirmed()), at=NOW + timedelta(hours=1))

    assert names(tmp_path) == {"findings.jsonl", WITHDRAWN, CORRECTION}
    assert files(tmp_path)[WITHDRAWN] == letter
    assert "The record was withdrawn." in files(tmp_path)[CORRECTION]
    assert "Date: 2026-11-22T13:00:00Z" in files(tmp_path)[CORRECTION]
    assert {name: one["kind"] for name, one in manifest(tmp_path).items()} == {
        "findings.jsonl": "findings",
        WITHDRAWN: "withdrawn-letter",
        CORRECTION: "correction",
    }


def test_a_correction_keeps_its_date_as_long_as_it_says_the_same(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    write(tmp_path, retracted(confirmed()), at=NOW + timedelta(hours=1))
    before = files(tmp_path)

    write(tmp_path, retracted(confirmed()), at=NOW + timedelta(days=9))

    assert files(tmp_path) == before


def test_a_letter_whose_file_is_not_served_any_more_is_withdrawn(tmp_path: Path) -> None:
    write(tmp_path, confirmed())

    write(tmp_path, answered(404))

    assert names(tmp_path) == {"findings.jsonl", WITHDRAWN, CORRECTION}
    assert "it does not serve the file" in files(tmp_path)[CORRECTION]


def test_a_letter_that_holds_again_comes_back(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    before = files(tmp_path)
    write(tmp_path, retracted(confirmed()))

    write(tmp_path, confirmed())

    assert files(tmp_path) == before


def test_what_a_newer_letter_leaves_out_because_it_no_longer_holds_is_corrected(
    tmp_path: Path,
) -> None:
    write(tmp_path, confirmed(), second())

    write(tmp_path, confirmed(), retracted(second()))

    assert names(tmp_path) == {"findings.jsonl", LETTER, CORRECTION}
    assert "app/uv.lock" not in files(tmp_path)[LETTER]
    assert "- `app/uv.lock`, line 5," in files(tmp_path)[CORRECTION]
    assert "The other entries of the report still hold." in files(tmp_path)[CORRECTION]


def test_what_a_letter_said_is_remembered_over_one_that_could_not_say_it(tmp_path: Path) -> None:
    write(tmp_path, confirmed(), second())
    write(tmp_path, confirmed(), stale(second()))
    assert CORRECTION not in names(tmp_path)

    write(tmp_path, confirmed(), retracted(second()))

    assert "- `app/uv.lock`, line 5," in files(tmp_path)[CORRECTION]


def test_a_letter_that_was_not_verified_again_stays_and_one_of_which_a_part_fell_does_not(
    tmp_path: Path,
) -> None:
    write(tmp_path, confirmed(), second())
    before = files(tmp_path)[LETTER]

    write(tmp_path, stale(confirmed()), stale(second()))
    after_a_day = files(tmp_path)
    write(tmp_path, stale(confirmed()), retracted(second()))

    assert after_a_day[LETTER] == before
    assert names(tmp_path) == {"findings.jsonl", WITHDRAWN, CORRECTION}
    assert "The other entries of the report were not verified again." in files(tmp_path)[CORRECTION]


def test_a_letter_of_which_this_ledger_knows_nothing_stays(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    before = files(tmp_path)[LETTER]

    write(tmp_path)

    assert files(tmp_path) == {LETTER: before, "findings.jsonl": ""}


def test_a_repository_that_is_another_one_now_has_one_letter(tmp_path: Path) -> None:
    write(tmp_path, confirmed())

    write(tmp_path, replace(confirmed(), repository_number=18))

    assert names(tmp_path) == {"findings.jsonl", "takedown-git.example-acme_task-18.md"}


def test_a_renamed_repository_has_its_new_letter_and_a_correction_of_the_old(
    tmp_path: Path,
) -> None:
    write(tmp_path, confirmed())

    write(tmp_path, retracted(confirmed()), elsewhere("acme/new", 17))

    assert names(tmp_path) == {
        "findings.jsonl",
        "takedown-git.example-acme_new-17.md",
        WITHDRAWN,
        CORRECTION,
    }


def test_a_report_of_one_format_leaves_the_files_of_the_other_alone(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    before = files(tmp_path)

    write(tmp_path, retracted(confirmed()), formats=("jsonl",))
    only_lines = files(tmp_path)
    write(tmp_path, retracted(confirmed()), formats=("letter",))

    assert only_lines[LETTER] == before[LETTER]
    assert only_lines["findings.jsonl"] != before["findings.jsonl"]
    assert files(tmp_path)["findings.jsonl"] == only_lines["findings.jsonl"]
    assert names(tmp_path) == {"findings.jsonl", WITHDRAWN, CORRECTION}


def test_a_document_that_nothing_calls_for_any_more_does_not_vanish_without_a_word(
    tmp_path: Path,
) -> None:
    write(tmp_path, confirmed(), formats=("letter", "index"))

    plan = write(tmp_path, retracted(confirmed()), formats=("letter", "index"))

    assert "index-pypi-zz-ghost-one.md" not in names(tmp_path)
    assert plan.notes == [
        "1 index-report file was removed, since no verified finding calls for it now: index-pypi-zz-ghost-one.md"
    ]


def test_what_lay_there_before_is_a_persons(tmp_path: Path) -> None:
    old = tmp_path / "takedown-git.example-acme_task.md"
    old.write_text("of an earlier version")
    (tmp_path / "findings.jsonl").write_text("of an earlier version")
    (tmp_path / LETTER).write_text("my own")

    plan = write(tmp_path, confirmed())
    write(tmp_path, retracted(confirmed()))

    assert old.read_text() == "of an earlier version"
    assert files(tmp_path)["findings.jsonl"] == "of an earlier version"
    assert files(tmp_path)[LETTER] == "my own"
    assert '"state": "retracted"' in files(tmp_path)["findings.new.jsonl"]
    assert names(tmp_path) == {
        old.name,
        LETTER,
        "findings.jsonl",
        "findings.new.jsonl",
        "withdrawn/takedown-git.example-acme_task-17.new.md",
        CORRECTION,
    }
    assert sorted(plan.notes) == [
        ("findings.jsonl is not as we wrote it and is left as it is; see findings.new.jsonl"),
        (
            f"{LETTER} is not as we wrote it and is left as it is; see "
            "takedown-git.example-acme_task-17.new.md"
        ),
    ]


def test_a_letter_that_a_person_has_changed_is_never_written_over(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    (tmp_path / LETTER).write_text("mine")

    same = write(tmp_path, confirmed())
    nothing_new = files(tmp_path)
    write(tmp_path, confirmed(), second())
    beside = files(tmp_path)
    (tmp_path / "takedown-git.example-acme_task-17.new.md").write_text("mine, too")
    write(tmp_path, confirmed(), second(), found(second(), key="f" * 64))

    assert same.notes == [f"{LETTER} was changed by hand and is left as it is"]
    assert set(nothing_new) == {LETTER, "findings.jsonl"}
    assert (nothing_new[LETTER], beside[LETTER]) == ("mine", "mine")
    assert "app/uv.lock" in beside["takedown-git.example-acme_task-17.new.md"]
    assert files(tmp_path)[LETTER] == "mine"
    assert files(tmp_path)["takedown-git.example-acme_task-17.new.md"] == "mine, too"
    assert "app/uv.lock" in files(tmp_path)["takedown-git.example-acme_task-17.new-2.md"]


def test_a_letter_that_a_person_has_changed_stays_when_it_no_longer_holds_and_that_is_said(
    tmp_path: Path,
) -> None:
    write(tmp_path, confirmed())
    (tmp_path / LETTER).write_text("mine")

    plan = write(tmp_path, retracted(confirmed()))

    assert plan.notes == [f"{LETTER} was changed by hand and is left here, but no longer holds"]
    assert files(tmp_path)[LETTER] == "mine"
    assert names(tmp_path) == {LETTER, "findings.jsonl", CORRECTION}


def test_a_letter_that_was_taken_away_by_hand_is_corrected_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    (tmp_path / LETTER).unlink()

    write(tmp_path, retracted(confirmed()))

    assert names(tmp_path) == {"findings.jsonl", CORRECTION}


def test_a_correction_that_a_person_has_changed_stays_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, confirmed())
    write(tmp_path, retracted(confirmed()))
    (tmp_path / CORRECTION).write_text("mine")

    write(tmp_path, retracted(confirmed()))
    write(tmp_path, confirmed())

    assert files(tmp_path)[CORRECTION] == "mine"
    assert names(tmp_path) == {LETTER, "findings.jsonl", CORRECTION}


BOTH = (confirmed(), second())
NONE = (retracted(confirmed()), retracted(second()))
CHAPTERS: dict[str, list[tuple[Report, ...]]] = {
    "first": [BOTH],
    "changed": [(confirmed(),), BOTH],
    "fallen": [BOTH, NONE],
    "partly": [BOTH, (confirmed(), retracted(second()))],
    "back": [(confirmed(),), (retracted(confirmed()),), (confirmed(),)],
    "fallen twice": [BOTH, NONE, (confirmed(), retracted(second())), NONE],
    "other": [(confirmed(),), (retracted(confirmed()), elsewhere("acme/new", 17))],
}


@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_report_that_is_killed_between_any_two_steps_is_set_right_by_the_next(
    tmp_path: Path, chapter: str, steps: int
) -> None:
    *before, last = CHAPTERS[chapter]
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    for folder in (killed, whole):
        for reports in before:
            write(folder, *reports)
    write(killed, *last, steps=steps)
    (killed / ".ghostcrawl-writing").write_text("half a let")

    write(killed, *last)
    write(whole, *last)

    assert files(killed) == files(whole)
    assert (killed / MANIFEST).read_bytes() == (whole / MANIFEST).read_bytes()


@pytest.mark.parametrize("steps", range(8))
def test_what_was_killed_on_the_way_is_known_when_it_holds_no_longer(
    tmp_path: Path, steps: int
) -> None:
    write(tmp_path, confirmed())
    write(tmp_path, confirmed(), second(), steps=steps)

    write(tmp_path, retracted(confirmed()), retracted(second()))

    assert names(tmp_path) == {"findings.jsonl", WITHDRAWN, CORRECTION}


def test_what_was_killed_on_the_way_is_known_after_a_report_of_another_format(
    tmp_path: Path,
) -> None:
    write(tmp_path, confirmed())
    write(tmp_path, confirmed(), second(), formats=("jsonl",), steps=1)

    write(tmp_path, confirmed(), second(), formats=("letter",))
    write(tmp_path, confirmed(), second(), formats=("jsonl",))

    assert names(tmp_path) == {LETTER, "findings.jsonl"}
    assert files(tmp_path)["findings.jsonl"].count("\n") == 2


def test_a_letter_of_another_ledger_is_not_written_over_by_a_namesake(tmp_path: Path) -> None:
    write(tmp_path, elsewhere("evil/x_y", 17))
    before = files(tmp_path)["takedown-git.example-evil_x_y-17.md"]

    namesake = replace(found(elsewhere("evil_x/y", 17), key="f" * 64), repository_number=17)
    write(tmp_path, namesake)

    assert files(tmp_path)["takedown-git.example-evil_x_y-17.md"] == before
    assert "evil_x/y" in files(tmp_path)["takedown-git.example-evil_x_y-17.new.md"]


@pytest.mark.parametrize("name", [LETTER, "findings.jsonl"])
def test_a_link_in_the_folder_is_neither_followed_nor_replaced(tmp_path: Path, name: str) -> None:
    target = tmp_path / "target"
    target.write_text("of somebody else")
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / name).symlink_to(target)

    write(folder, confirmed())

    assert target.read_text() == "of somebody else"
    assert (folder / name).is_symlink()


def test_a_link_in_place_of_a_letter_of_ours_is_not_moved_away(tmp_path: Path) -> None:
    folder, target = tmp_path / "report", tmp_path / "target"
    write(folder, confirmed())
    (folder / LETTER).rename(target)
    (folder / LETTER).symlink_to(target)

    write(folder, retracted(confirmed()))

    assert (folder / LETTER).is_symlink()
    assert target.exists()


@pytest.mark.parametrize("name", ["withdrawn", MANIFEST])
def test_a_link_in_place_of_what_the_folder_needs_ends_with_an_error(
    tmp_path: Path, name: str
) -> None:
    folder, elsewhere_ = tmp_path / "report", tmp_path / "elsewhere"
    elsewhere_.mkdir()
    write(folder, confirmed())
    (folder / MANIFEST).rename(elsewhere_ / MANIFEST)
    if name == "withdrawn":
        (elsewhere_ / MANIFEST).rename(folder / MANIFEST)
        (folder / name).symlink_to(elsewhere_)
    else:
        (folder / name).symlink_to(elsewhere_ / MANIFEST)
    before = sorted(elsewhere_.rglob("*"))

    with pytest.raises(ConfigurationError):
        write(folder, retracted(confirmed()))

    assert sorted(elsewhere_.rglob("*")) == before
    assert LETTER in names(folder)


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        write(tmp_path / "report", confirmed())

    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"name": "an extension of a browser", "manifest_version": 3}',
        '{"schema": "ghostcrawl.report/v2", "files": []}',
        "[" * 100_000,
        "\0",
    ],
)
def test_a_manifest_that_is_not_ours_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)

    with pytest.raises(ConfigurationError, match=r"invalid manifest\.json"):
        write(tmp_path, confirmed())

    assert (tmp_path / MANIFEST).read_text() == text
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    "name", ["../mine", "/mine", "withdrawn/../../mine", "a/mine", ".mine", MANIFEST, "a\0b", ""]
)
def test_a_manifest_cannot_name_files_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "report"
    write(folder, confirmed())
    (tmp_path / "mine").write_text("mine")
    text = (folder / MANIFEST).read_text().replace(f'"{LETTER}"', json.dumps(name))
    (folder / MANIFEST).write_text(text)

    with pytest.raises(ConfigurationError, match=r"invalid manifest\.json"):
        write(folder, retracted(confirmed()))

    assert (tmp_path / "mine").read_text() == "mine"


def test_a_fifo_in_the_folder_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LETTER)

    write(tmp_path, confirmed())

    assert names(tmp_path) == {"findings.jsonl", "takedown-git.example-acme_task-17.new.md"}


def test_two_reports_are_not_written_to_a_folder_at_once(tmp_path: Path) -> None:
    with (
        ReportFolder.open(tmp_path),
        pytest.raises(ConfigurationError, match="another report is being written there"),
    ):
        write(tmp_path, confirmed())


def test_nobody_else_may_read_what_was_written(tmp_path: Path) -> None:
    write(tmp_path, confirmed())

    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_a_repository_of_a_clone_url_of_this_machine_is_in_no_file_of_its_own(
    tmp_path: Path,
) -> None:
    local = found(confirmed(), repository=replace(REPOSITORY, host="local", clone_url="/srv/task"))

    write(tmp_path, local, formats=("letter",))

    assert names(tmp_path) == set()


def test_a_format_that_is_no_default_is_written_once_it_is_asked_for_and_then_kept_up_to_date(
    tmp_path: Path,
) -> None:
    with ReportFolder.open(tmp_path) as empty:
        first = formats_of((), empty.records())
    write(tmp_path, confirmed(), formats=("stix",))
    with ReportFolder.open(tmp_path) as opened:
        then = formats_of((), opened.records())
        asked = formats_of(("jsonl",), opened.records())
    write(tmp_path, retracted(confirmed()), formats=then)

    assert "stix" not in first
    assert then == (*first, "stix")
    assert asked == ("jsonl",)
    assert "stix-bundle.json" not in names(tmp_path)
