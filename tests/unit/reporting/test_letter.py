"""The letter, as an abuse desk reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from crawler.classifying import CASE_RULES
from crawler.model import (
    CaseClass,
    FindingStatus,
    Reason,
    Weight,
    WeightSource,
)
from crawler.reporting.interface import Addressed, Edition
from crawler.reporting.letter import Letter
from tests.unit.reporting.letters import (
    EVIDENCE,
    classified,
    confirmed,
    found,
    hostile,
    letter,
    letters,
)
from tests.values import (
    NOW,
    REPOSITORY,
)

PROMOTED = FindingStatus.PROMOTED


def test_the_whole_letter_of_one_finding() -> None:
    (document,) = letters(confirmed())

    assert document.findings == (confirmed().finding.key,)
    assert document.repository == Addressed(host="git.example", path="acme/task", number=17)
    assert document.name == "takedown-git.example-acme_task-17.md"
    assert document.text == (
        "# Malware report: `git.example/acme/task`\n"
        "\n"
        "To: the abuse desk of `git.example`\n"
        "Case: 774812bf00ae\n"
        "Date: 2026-11-22T12:00:00Z\n"
        "Last checked (UTC): the entries at 2026-11-22T12:00:00Z; the files at 2026-11-22T12:00:00Z\n"
        "\n"
        "Please review the repository `https://git.example/acme/task.git` against the host's rules on "
        "malware, and take it down or have the entries under Facts removed from every branch.\n"
        "\n"
        "Its lock file `uv.lock` pins 1 file of 1 package that the advisories below list as malicious. The "
        "file was still served when its host was last asked.\n"
        "\n"
        "**How it works.** An installer that follows a lock file fetches the very files that it names, "
        "even after the package index has removed the package.\n"
        "\n"
        "**Evidence**\n"
        "\n"
        "- `uv.lock` line 5: <https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5>\n"
        "- a read-only view of the file contents: "
        "<https://viewer.example/project/zz-ghost-one/1.0/>\n"
        "\n"
        "**Facts (UTC)**\n"
        "\n"
        "- `uv.lock`, line 5, at commit `1111111111111111111111111111111111111111` on branch `main` "
        "pins `zz_ghost_one-1.0-py3-none-any.whl` of `zz-ghost-one 1.0` from "
        "`hxxps://files[.]index[.]example/packages/ab/ab/"
        "abababababababababababababababababababababababababababababab/"
        "zz_ghost_one-1.0-py3-none-any.whl` "
        "(the sha256 below is written in the lock and is that of a file of the release that an "
        "advisory lists).\n"
        f"  - sha256: `{'cd' * 32}`\n"
        "  - Listed as malicious since 2026-11-22T12:00:00Z by `MAL-2026-1 (found by acme-labs)`.\n"
        "  - The package index PyPI no longer lists this file.\n"
        "  - Its host answered 200 (OK) to a HEAD request at 2026-11-22T12:00:00Z: it still serves "
        "the file, which was not fetched.\n"
        "  - The lock was read at 2026-11-22T12:00:00Z; the pin was still there at "
        "2026-11-22T12:00:00Z.\n"
        "\n"
        "**Not claimed.** This report does not say who wrote a lock, whether its author knew, or whether "
        "anybody installed from it. The files were neither downloaded nor opened; that they are malicious "
        "is what the advisories above say. File hosts were sent HEAD requests only.\n"
        "\n"
        "Contact: abuse-research@operator.example. Please quote the case in your answer.\n"
    )


def test_a_letter_gives_the_reasons_for_a_lure_that_the_host_can_check_and_no_others() -> None:
    def reason(source: WeightSource, text: str, towards: CaseClass = CaseClass.LURE) -> Weight:
        return Weight(code="x", towards=towards, weight=9, source=source, text=text)

    lure = classified(
        CaseClass.LURE,
        reason(WeightSource.HOST, "the host made the repository at 2026-11-20T00:00:00Z"),
        reason(WeightSource.LEDGER, "2 other repositories of this owner pin the *same*"),
        reason(WeightSource.OWNER, "the owner says so"),
        reason(WeightSource.INDEX, "a project had older releases", CaseClass.VICTIM),
    )

    text = letter(replace(confirmed(), classification=lure))

    assert (
        "**Why it looks made to spread the package**\n"
        "\n"
        "- The host made the repository at 2026-11-20T00:00:00Z (by dates that the host and the index state).\n"
        "- 2 other repositories of this owner pin the \\*same\\* (among the repositories that we have "
        "read).\n"
        "\n"
        "**Not claimed.**"
    ) in text
    assert "older releases" not in text
    assert "the owner says so" not in text


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("task-at-upload", "by the owner's README and the date that the host states"),
        ("several-tasks", "by the owner's README and the repositories that we have read"),
    ],
)
def test_a_letter_about_a_task_states_what_was_seen_and_whose_word_it_is(
    code: str, known: str
) -> None:
    (rule,) = (one for one in CASE_RULES if one.code == code)
    why = Weight(
        code=code, towards=rule.towards, weight=rule.weight, source=rule.source, text=rule.text
    )

    text = letter(replace(confirmed(), classification=classified(CaseClass.LURE, why)))

    (line,) = (line for line in text.splitlines() if known in line)
    assert line.endswith(f" ({known}).")
    assert "candidate" not in line


def test_who_took_it_for_a_lure_is_said_and_what_the_index_knows_is_a_fact() -> None:
    dropped = Weight(
        code="project-dropped",
        towards=CaseClass.LURE,
        weight=30,
        source=WeightSource.INDEX,
        text="the index dropped the project",
    )
    decided = replace(classified(CaseClass.LURE, dropped), by_person=True)

    text = letter(replace(confirmed(), classification=decided))

    assert (
        "\n- The index dropped the project (by the package index and the advisories).\n"
        "\n"
        "**Why it looks made to spread the package**\n"
        "\n"
        "- One of our analysts looked at the repository and takes it to be made for this.\n"
        "\n"
        "**Not claimed.**"
    ) in text


def test_what_may_be_research_is_told_in_the_words_of_the_repository_and_left_to_a_person() -> None:
    sign = Reason(code="research-repository", text="its description speaks of samples")
    lab = replace(REPOSITORY, description="Malware samples for our course")
    asked = replace(found(confirmed(), repository=lab, questions=(sign,)), status=PROMOTED)

    text = letter(asked)

    assert (
        "**Possibly research.** The repository describes itself as `Malware samples for our course`. What "
        "was seen: its description speaks of samples. Please decide whether the pins serve research or "
        "training.\n\n**Facts"
    ) in text
    assert "Possibly research" not in letter(confirmed())


@pytest.mark.parametrize(
    "contact", [None, "operator-not-set", "a@b", "a@b.example\n# x", "<x@y.example>"]
)
def test_a_sender_who_is_not_known_is_left_to_fill_in(contact: str | None) -> None:
    (document,) = Letter(Edition(at=NOW, contact=contact)).render([confirmed()])

    assert document.text.endswith(
        "\nContact: [add your name and mail address]. Please quote the case in your answer.\n"
    )


@pytest.mark.parametrize(
    ("created_at", "shown"),
    [
        ("2026-10-01T12:00:00+02:00", "- The repository was created at 2026-10-01T10:00:00Z.\n"),
        ("2026-10-01T12:00:00Z", "- The repository was created at 2026-10-01T12:00:00Z.\n"),
        ("2026-10-01T12:00:00", ""),
        ("yesterday`\n# x", ""),
        (None, ""),
    ],
)
def test_facts_are_in_utc_or_left_out(created_at: str | None, shown: str) -> None:
    text = letter(found(confirmed(), repository=replace(REPOSITORY, created_at=created_at)))

    assert ("".join(f"{s}\n" for s in text.splitlines() if "created" in s)) == shown


def test_what_was_measured_in_another_zone_is_told_in_utc() -> None:
    far = NOW.astimezone(timezone(timedelta(hours=9)))
    evidence = replace(EVIDENCE, collected_at=far, verified_at=far)

    text = letter(replace(confirmed(), evidence=evidence))

    assert "read at 2026-11-22T12:00:00Z; the pin was still there at 2026-11-22T12:00:00Z." in text


def test_hostile_text_in_any_field_stays_inside_its_code_span() -> None:
    text = letter(hostile())

    assert "\x1b" not in text
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert text.encode("utf-8")
    assert [line for line in text.splitlines() if line.startswith(("##", "<"))] == []
    unescaped = re.sub(r"\\[`\[\]<>#]", "", text)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", unescaped)
    assert "forged" in outside  # in the sentences, where every sign of it was escaped
    assert "<script" not in outside
    assert "](javascript" not in outside


def test_github_is_told_through_its_form_with_the_clause_of_its_policy() -> None:
    repository = replace(
        REPOSITORY, host="github.com", clone_url="https://github.com/acme/task.git"
    )

    text = letter(found(confirmed(), repository=repository))

    assert (
        "https://github.com/contact/report-content"
        "?content_url=https%3A%2F%2Fgithub.com%2Facme%2Ftask&report=acme+%28user%29"
    ) in text
    assert (
        "Please review the repository `https://github.com/acme/task.git` against GitHub Acceptable Use "
        "Policies, 'Active Malware or Exploits', and take it down"
    ) in text
