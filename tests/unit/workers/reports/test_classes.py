"""A report folder, when the class of a repository changes: the letter goes, the notice comes, or either stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.model import CaseClass, Report
from crawler.reporting.interface import Edition
from tests.unit.reporting.letters import classified, confirmed
from tests.unit.workers.reports.test_folder import files, manifest, stale
from tests.values import NOW
from workers.reports.writing import write_report

FORMATS = ("letter", "notice")
LETTER = "takedown-git.example-acme_task-17.md"
WITHDRAWN = f"withdrawn/{LETTER}"
CORRECTION = "withdrawn/correction-git.example-acme_task-17.md"


def of_class(case_class: CaseClass) -> Report:
    return replace(confirmed(), classification=classified(case_class))


def write(
    folder: Path, *reports: Report, opted_out: frozenset[str] = frozenset(), at: datetime = NOW
) -> set[str]:
    """Bring the report up to date; return the names of its files, `notice` for the one of the owner."""
    write_report(reports, folder, FORMATS, Edition(at=at, opted_out=opted_out))
    return {"notice" if name.startswith("notice-") else name for name in files(folder)}


def test_a_letter_whose_repository_is_a_victims_is_withdrawn_and_the_owner_is_told(
    tmp_path: Path,
) -> None:
    before = write(tmp_path, of_class(CaseClass.LURE))
    after = write(tmp_path, of_class(CaseClass.VICTIM))

    assert before == {LETTER}
    assert after == {WITHDRAWN, CORRECTION, "notice"}
    assert "We no longer ask for a takedown." in files(tmp_path)[CORRECTION]
    assert {one["kind"] for one in manifest(tmp_path).values()} == {
        "notice",
        "withdrawn-letter",
        "correction",
    }


def test_a_victim_that_turns_out_to_be_a_lure_has_a_letter_and_no_notice(tmp_path: Path) -> None:
    write(tmp_path, of_class(CaseClass.VICTIM))

    assert write(tmp_path, of_class(CaseClass.LURE)) == {LETTER}


def test_a_notice_is_never_corrected_since_it_accuses_nobody(tmp_path: Path) -> None:
    write(tmp_path, of_class(CaseClass.VICTIM))

    assert write(tmp_path, of_class(CaseClass.UNCLEAR)) == set()


def test_a_notice_that_was_not_verified_again_stays(tmp_path: Path) -> None:
    told = write(tmp_path, of_class(CaseClass.VICTIM))

    assert told == write(tmp_path, stale(of_class(CaseClass.VICTIM))) == {"notice"}


def test_a_notice_to_who_has_opted_out_is_taken_away(tmp_path: Path) -> None:
    write(tmp_path, of_class(CaseClass.VICTIM))
    left_alone = frozenset({"git.example/acme"})

    assert write(tmp_path, stale(of_class(CaseClass.VICTIM)), opted_out=left_alone) == set()
