"""The letters about a campaign: one for each host, each of which tells of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crawler.model import CampaignLink, CaseClass, LinkReason, Report, WeightSource
from crawler.reporting.correction import EarlierLetters, correction
from crawler.reporting.file_names import addressed_of
from crawler.reporting.interface import Edition, Selection
from crawler.reporting.letter import Letter
from tests.unit.reporting.letters import EVIDENCE, answered, classified, confirmed, found
from tests.values import NOW, REPOSITORY

BOTH = CampaignLink(
    first="case-1",
    second="case-3",
    weight=60,
    reasons=(LinkReason(code="same-lock", weight=60, source=WeightSource.LOCK, text="one *lock*"),),
)
ELSEWHERE_ONLY = replace(BOTH, first="case-4")
CAMPAIGN = Selection(
    name="campaign:c-0123456789",
    repositories=frozenset({1, 2, 3, 4, 5}),
    links=(BOTH, ELSEWHERE_ONLY),
)
EDITION = Edition(
    at=NOW + timedelta(hours=1),
    selection=CAMPAIGN,
    case_ids={n: f"case-{n}" for n in range(1, 7)},
    software={"forge.example": "forgejo"},
)


def lure(number: int, host: str, path: str | None = None) -> Report:
    path = path or f"acme/task-{number}"
    place = replace(
        REPOSITORY, host=host, path=path, clone_url=f"https://{host}/{path}.git", private=None
    )
    report = found(confirmed(), repository=place, key=str(number) * 64)
    return replace(report, repository_number=number)


def unclear(number: int, host: str) -> Report:
    return replace(lure(number, host), classification=classified(CaseClass.UNCLEAR))


ALL = (
    lure(1, "github.com"),
    lure(2, "github.com", "mallory/a&b"),
    lure(3, "forge.example"),
    lure(4, "forge.example"),
    unclear(5, "forge.example"),
)


def letters(*reports: Report, edition: Edition = EDITION) -> dict[str, str]:
    """Return the letters by the start of their names."""
    written = Letter(edition).render(edition.selected(reports))
    return {
        one.name.removeprefix("takedown-").partition("-campaign")[0]: one.text for one in written
    }


def test_each_desk_sees_what_of_the_campaign_lies_elsewhere_and_who_is_told_there() -> None:
    text = letters(*ALL)["github.com"]

    assert (
        "**The same campaign elsewhere.** Letters about these go to the desks of their hosts:\n"
        "\n"
        "- `forge.example`: `acme/task-3` (case case-3), `acme/task-4` (case case-4)\n"
        "\n"
        "**Why they are reported together**\n"
        "\n"
        "- `acme/task-1` and `forge.example/acme/task-3`: one \\*lock\\*.\n"
        "\n"
        "**Not claimed.**"
    ) in text


def test_a_host_with_one_repository_of_the_campaign_is_told_of_the_others() -> None:
    texts = letters(*ALL[:3])

    assert sorted(texts) == ["forge.example", "github.com"]
    assert texts["forge.example"].startswith("# Malware report: `forge.example/acme/task-3`\n")
    assert ("- `github.com`: `acme/task-1` (case case-1), `mallory/a&b` (case case-2)\n") in texts[
        "forge.example"
    ]


def test_what_gets_no_letter_is_named_to_no_other_desk() -> None:
    text = letters(*ALL)["github.com"]

    assert "task-5" not in text
    assert "elsewhere" not in letters(*ALL[:2])["github.com"]
    assert "elsewhere" not in letters(ALL[0], unclear(3, "forge.example"))["github.com"]


def test_what_was_reported_before_is_still_told_to_the_other_desks() -> None:
    told = replace(EDITION, told=frozenset({"3" * 64, "4" * 64}))

    texts = letters(*ALL, edition=told)

    assert list(texts) == ["github.com"]
    assert "- `forge.example`: `acme/task-3` (case case-3), `acme/task-4`" in texts["github.com"]


def test_a_letter_outside_a_selection_tells_of_its_repository_only() -> None:
    alone = replace(EDITION, selection=None)

    assert all("elsewhere" not in text for text in letters(*ALL, edition=alone).values())


def test_a_long_campaign_is_cut_and_counted() -> None:
    many = [lure(n, "forge.example") for n in range(10, 32)]
    wide = replace(EDITION, selection=replace(CAMPAIGN, repositories=frozenset(range(32))))

    text = letters(lure(1, "github.com"), *many, edition=wide)["github.com"]

    assert text.count("(case ") == 20
    assert ", 2 more\n" in text


def test_each_repository_of_a_letter_has_its_own_filled_in_form() -> None:
    text = letters(*ALL)["github.com"]

    form = "https://github.com/contact/report-content?content_url=https%3A%2F%2Fgithub.com%2F"
    assert text.split("\n\n")[1].startswith("To: the abuse desk of `github.com`\nCases: ")
    assert [line for line in text.splitlines() if "report-content" in line] == [
        f"Form, filled in: <{form}acme%2Ftask-1&report=acme+%28user%29>",
        f"Form, filled in: <{form}mallory%2Fa%26b&report=mallory+%28user%29>",
    ]
    sections = text.split("\n## ")
    assert "acme%2Ftask-1" in sections[1]
    assert "mallory%2Fa%26b" in sections[2]


def test_a_letter_is_dated_by_its_last_check_of_entries_and_files() -> None:
    early, late = NOW - timedelta(hours=3), NOW - timedelta(hours=2)
    first = replace(
        lure(1, "github.com"), evidence=replace(EVIDENCE, verified_at=early, liveness=None)
    )
    second = replace(
        lure(2, "github.com"),
        evidence=replace(answered(200, at=late).evidence or EVIDENCE, verified_at=NOW),
    )

    head = letters(first, second)["github.com"].split("\n\n")[1]
    unasked = letters(first)["github.com"].split("\n\n")[1]

    assert head.endswith(
        "\nDate: 2026-11-22T12:00:00Z\n"
        "Last checked (UTC): the entries from 2026-11-22T09:00:00Z to 2026-11-22T12:00:00Z; the files at "
        "2026-11-22T10:00:00Z"
    )
    assert unasked.endswith(
        "\nDate: 2026-11-22T09:00:00Z\n"
        "Last checked (UTC): the entries at 2026-11-22T09:00:00Z; no host of a file was asked"
    )


def test_a_correction_of_one_of_them_goes_to_the_other_desks_as_well() -> None:
    wrong = replace(lure(3, "forge.example"), classification=classified(CaseClass.VICTIM))
    said = EarlierLetters(
        repository=addressed_of(wrong),
        findings=frozenset({wrong.finding.key}),
        channels=("form (2026-11-21)",),
    )
    reports = {one.finding.key: one for one in (*ALL, wrong)}

    document = correction(said, reports, EDITION, stands=())

    assert document is not None
    assert (
        "\nTo: whoever received the report\n"
        "Also to: the desks of `github.com`, where their letter named the repository\n"
        "Sent over: form (2026-11-21)\n"
    ) in document.text
