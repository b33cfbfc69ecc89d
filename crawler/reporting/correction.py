"""The correction: what a letter said and what no longer holds, for whoever received the letter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from crawler.model import FindingStatus
from crawler.reporting.accusation import Bar, bar_of
from crawler.reporting.channels import channel_of
from crawler.reporting.file_names import file_stem
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.letter import case_of, contact_line
from crawler.reporting.letter_facts import lines_phrase
from crawler.reporting.serving import serving_sentence
from crawler.reporting.text import code_span, prose, utc

if TYPE_CHECKING:
    from crawler.model import Finding, Report
    from crawler.reporting.interface import Addressed, Edition

__all__ = ["WITHDRAWN_FOLDER", "EarlierLetters", "correction", "fallen"]

WITHDRAWN_FOLDER = "withdrawn"
_BY_STATUS = {
    FindingStatus.RETRACTED: "The verdict on the file or the rules of the report no longer say so.",
    FindingStatus.DISMISSED: "A person has looked at it and found that it should not be reported.",
    FindingStatus.GONE: "The repository can no longer be read.",
    FindingStatus.GONE_AT_REFS: "None of the refs that it was seen at has the entry any more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLetters:
    """What letters about one repository have said, as far as their folder remembers."""

    repository: Addressed
    findings: frozenset[str]
    """Keys; of every letter, not of the last one only."""


def fallen(keys: Iterable[str], reports: Mapping[str, Report], at: datetime) -> list[Report]:
    """Return those findings that may not stand in a letter any more at `at`, by key.

    What only was not verified for a day still holds as far as anybody knows; of a finding that is not
    among `reports` nothing is known.
    """
    known = (reports[key] for key in sorted(keys) if key in reports)
    return [report for report in known if bar_of(report, at) not in {None, Bar.UNVERIFIED}]


def correction(
    said: EarlierLetters,
    reports: Mapping[str, Report],
    edition: Edition,
    *,
    stands: Collection[str],
) -> ExportFile | None:
    """Return the correction of what was said, or None where all of it still holds.

    `stands` are the keys that a letter of this edition states.
    """
    wrong = fallen(said.findings, reports, edition.at)
    if not wrong:
        return None
    blocks = _blocks(said, wrong, edition, rest=_rest(said, wrong, stands))
    return ExportFile(
        name=f"{WITHDRAWN_FOLDER}/{file_stem('correction', said.repository)}.md",
        text="\n\n".join(blocks) + "\n",
        kind=DocumentKind.CORRECTION,
        findings=tuple(report.finding.key for report in wrong),
        repository=said.repository,
    )


def _blocks(
    said: EarlierLetters, wrong: Sequence[Report], edition: Edition, rest: str
) -> Iterator[str]:
    place = code_span(f"{said.repository.host}/{said.repository.path}")
    repository = wrong[0].finding.repository
    yield f"# Correction of a malware report: {place}"
    yield (
        f"To: whoever received the report ({channel_of(repository).how})\n"
        f"Case: {case_of(said.repository)}\n"
        f"Date: {utc(edition.at)}"
    )
    yield (
        f"An earlier report of this case said that the repository {place} pins files that "
        "advisories list as malicious. Of what it said, the following no longer holds:"
    )
    yield "\n".join(line for report in wrong for line in _lines(report, edition.at))
    yield rest
    yield contact_line(edition)


def _rest(said: EarlierLetters, wrong: Sequence[Report], stands: Collection[str]) -> str:
    left = said.findings - {report.finding.key for report in wrong}
    if not left:
        return (
            "Nothing is left of the request: please take no further action because of it, and review "
            "what was done because of these entries."
        )
    if left <= set(stands):
        return "The other entries of the report still hold; please review what was done because of these."
    return (
        "The other entries of the report were not verified again; please review what was done "
        "because of these."
    )


def _lines(report: Report, at: datetime) -> Iterator[str]:
    yield f"- {_entry(report)}"
    yield f"  - {_why(report, at)}"


def _entry(report: Report) -> str:
    finding = report.finding
    lines = None if report.evidence is None else report.evidence.lines
    return (
        f"{code_span(finding.sighting.path)}{lines_phrase(lines)} at commit "
        f"{code_span(finding.sighting.commit)}: {code_span(_named(finding))}"
    )


def _named(finding: Finding) -> str:
    pin = finding.match.pin
    release = " ".join(part for part in finding.match.release if part)
    return f"{pin.filename} of {release}" if pin.filename else release


def _why(report: Report, at: datetime) -> str:  # noqa: PLR0911 - one sentence per bar
    finding, evidence = report.finding, report.evidence
    match bar_of(report, at):
        case Bar.CLOSED:
            told = report.status_reason
            why = _BY_STATUS[report.status] if told is None else _ended(prose(told.text))
            return why if report.status_at is None else f"{why} (Since {utc(report.status_at)}.)"
        case Bar.NOT_CONFIRMED:
            lowering = "; ".join(prose(r.text) for r in finding.match.reasons[1:])
            return f"It is no longer confirmed: {lowering or 'its proofs do not suffice'}."
        case Bar.NOT_MALICIOUS:
            state = None if finding.match.verdict is None else finding.match.verdict.state
            return f"The verdict on the file is now {'none' if state is None else state.value}."
        case Bar.QUESTIONED:
            asked = "; ".join(prose(question.text) for question in finding.questions)
            return _ended(f"It is held back until a person has answered: {asked}")
        case Bar.PIN_GONE:
            seen = None if evidence is None else evidence.verified_at
            when = "" if seen is None else f" at {utc(seen)}"
            return f"The entry was not there any more when the repository was read again{when}."
        case Bar.NOT_SERVED:
            return serving_sentence(None if evidence is None else evidence.liveness, at)
        case Bar.LOCAL:
            return "The repository is not one of a host."
        case Bar.UNVERIFIED | None:
            return "It holds."
        case bar:
            assert_never(bar)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
