"""A report of a selection: one letter to each host, and a folder of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.model import CampaignLink, LinkReason, Report, WeightSource
from crawler.reporting.interface import Edition, Selection
from tests.unit.reporting.letters import confirmed, found
from tests.unit.workers.reports.test_folder import files, manifest, names, retracted, stale
from tests.values import NOW, REPOSITORY
from workers.reports.writing import write_report

SHARED = LinkReason(
    code="same-lock", weight=60, source=WeightSource.LOCK, text="both have the *lock*"
)
LINK = CampaignLink(first="case-1", second="case-2", weight=60, reasons=(SHARED,))
CHOSEN = Selection(
    name="campaign:c-0123456789", repositories=frozenset({1, 2, 3, 4}), links=(LINK,)
)
EDITION = Edition(at=NOW, selection=CHOSEN, case_ids={n: f"case-{n}" for n in range(1, 6)})
JOINT = "takedown-git.example-campaign_c-0123456789-"


def lure(number: int, host: str = "git.example") -> Report:
    place = replace(REPOSITORY, host=host, path=f"acme/task-{number}")
    report = found(confirmed(), repository=place, key=str(number) * 64)
    return replace(report, repository_number=number)


ALL = (lure(1), lure(2), lure(3), lure(4, "forge.example"), lure(5))


def written(folder: Path, *reports: Report, edition: Edition = EDITION) -> str:
    """Write the letters, and return that to the first host."""
    write_report(reports, folder, ("letter",), edition)
    return next((text for name, text in files(folder).items() if name.startswith(JOINT)), "")


def test_each_host_gets_one_letter_about_what_is_selected_there(tmp_path: Path) -> None:
    text = written(tmp_path, *ALL)

    assert len(names(tmp_path)) == 2
    assert text.startswith("# Malware report: 3 repositories on `git.example`\n\nTo: ")
    assert "\nCases: case-1, case-2, case-3\nDate: " in text
    assert "\n\nPlease review the 3 repositories below " in text
    assert "\n3 of their lock files pin 1 file of 1 package that " in text
    assert text.count("\n## `acme/task-") == 3
    assert "- `acme/task-1` and `acme/task-2`: both have the \\*lock\\*.\n" in text
    assert "task-5" not in text


def test_what_falls_is_taken_out_of_the_letter_and_its_repository_has_a_correction(
    tmp_path: Path,
) -> None:
    written(tmp_path, *ALL)
    text = written(tmp_path, retracted(lure(1)), stale(lure(2)), *ALL[2:])
    listed = manifest(tmp_path).values()

    assert "acme/task-3" in text
    assert "acme/task-1" not in text
    assert [one["name"] for one in listed if one["kind"] == "correction"] == [
        "withdrawn/correction-git.example-acme_task-1-1.md"
    ]
    (letter,) = (one for one in listed if str(one["name"]).startswith(JOINT))
    assert (letter["findings"], letter["earlier"]) == (["3" * 64], ["2" * 64])


def test_a_letter_of_which_nothing_holds_is_withdrawn(tmp_path: Path) -> None:
    written(tmp_path, lure(1), lure(2))
    written(tmp_path, retracted(lure(1)), retracted(lure(2)))

    kinds = sorted(str(one["kind"]) for one in manifest(tmp_path).values())
    assert kinds == ["correction", "correction", "withdrawn-letter"]
    assert written(tmp_path, lure(1), lure(2)) != ""
    assert len(names(tmp_path)) == 1


def test_a_page_goes_with_its_letter(tmp_path: Path) -> None:
    write_report(ALL, tmp_path, ("html",), EDITION)
    pages = {name for name in names(tmp_path) if name.endswith(".html")}
    written(tmp_path, retracted(lure(1)), retracted(lure(2)), retracted(lure(3)), *ALL[3:])

    assert len(pages) == 2
    assert len(names(tmp_path) & pages) == 1
    assert {f"withdrawn/{name}" for name in pages if name.startswith(JOINT)} <= names(tmp_path)


@pytest.mark.parametrize(
    ("first", "called"),
    [
        (None, "everything"),
        (CHOSEN, "--select campaign:c-0123456789"),
        (replace(CHOSEN, name="owner:git.example/acme"), "--select owner:git.example/acme"),
    ],
)
def test_a_folder_is_for_one_selection(
    first: Selection | None, called: str, tmp_path: Path
) -> None:
    other = CHOSEN if first is None else None
    written(tmp_path, *ALL, edition=replace(EDITION, selection=first))
    before = files(tmp_path)

    with pytest.raises(ConfigurationError, match=f"the report of {called}; name another"):
        written(tmp_path, *ALL, edition=replace(EDITION, selection=other))
    assert files(tmp_path) == before
