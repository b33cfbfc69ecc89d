"""The correction: what became of what a letter said, for whoever received the letter.

A finding that was remedied was correct. The text keeps it apart from one that was wrong, and from one in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from crawler.model import CaseClass, FindingStatus, VerdictState
from crawler.reporting.accusation import Bar, bar_of, class_of
from crawler.reporting.file_names import file_stem
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.letter import case_id, contact_line
from crawler.reporting.letter_facts import lines_phrase, ref_phrase
from crawler.reporting.serving import serving_sentence
from crawler.reporting.text import code_span, prose, utc

if TYPE_CHECKING:
    from crawler.model import Finding, Report
    from crawler.reporting.interface import Addressed, Edition

__all__ = ["WITHDRAWN_FOLDER", "EarlierLetters", "correction", "fallen", "is_amiss"]

WITHDRAWN_FOLDER = "withdrawn"
_BY_STATUS = {
    FindingStatus.RETRACTED: "The verdict on the file or the rules of the report no longer say so.",
    FindingStatus.DISMISSED: "A person has looked at it and found that it should not be reported.",
    FindingStatus.GONE: "The repository can no longer be read.",
    FindingStatus.GONE_AT_REFS: "No branch that we read has the entry any more.",
}


_REGARDED = {
    CaseClass.LURE: "We regard the repository as made to spread the package.",
    CaseClass.VICTIM: "We regard the repository as its owner's own work, affected by the package.",
    CaseClass.BYSTANDER: "We regard the pin as somebody else's: it came by a request, a copy or an upstream.",
    CaseClass.RESEARCH: "We regard the repository as research material, not as something to install.",
    CaseClass.UNCLEAR: "We cannot tell whether the repository was made to spread the package.",
}
_RENAMED = "renamed"
"""Code of the reason for which a repository is gone under its old name only."""


class _Became(Enum):
    """What became of entries of a letter: what is asked because of that, and what is said of them."""

    WRONG = (
        "**Please take no further action because of the entries below, and review what was done.** "
        "What was said of them no longer holds:"
    )
    HELD = (
        "**Please do not act on the entries below until we have looked again.** They may be research or "
        "test data:"
    )
    RENAMED = (
        "**Please follow the report under the new name of the repository.** It was correct when it was "
        "sent. The entries below were reported under the old name:"
    )
    NOT_ASKED = (
        "**Please do not act against the repository or its owner because of the entries below, and review "
        "what was done.** We no longer ask for a takedown. The entries are there as the report said:"
    )
    LEFT_REFS = (
        "**The entries below are gone from the branches that we read; from our side nothing more is asked about "
        "these branches.** The report was correct when it was sent:"
    )
    REMEDIED = (
        "**Nothing is left to do about the entries below.** They have been remedied; the report was correct "
        "when it was sent:"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierLetters:
    """What letters about one repository have said, as far as their folder remembers."""

    repository: Addressed
    findings: frozenset[str]
    """Keys; of every letter, not of the last one only."""
    noticed: frozenset[str] = frozenset()
    """Keys of what a notice told the owner, who was not accused."""
    channels: tuple[str, ...] = ()
    """Over which channels they are known to have gone out, and when."""

    @property
    def keys(self) -> frozenset[str]:
        """Whatever was told."""
        return self.findings | self.noticed

    def fallen(self, reports: Mapping[str, Report], at: datetime) -> list[Report]:
        """Return those findings that may not be told any more at `at`, by key."""
        kept = self.noticed - self.findings  # a notice is right where the repository is no lure
        return [
            report
            for report in fallen(self.keys, reports, at)
            if report.finding.key not in kept or bar_of(report, at) is not Bar.NOT_A_LURE
        ]


def fallen(keys: Iterable[str], reports: Mapping[str, Report], at: datetime) -> list[Report]:
    """Return those findings that may not stand in a letter any more at `at`, by key.

    What only was not verified for a day still holds as far as anybody knows; of a finding that is not
    among `reports` nothing is known.
    """
    known = (reports[key] for key in sorted(keys) if key in reports)
    return [report for report in known if bar_of(report, at) not in {None, Bar.UNVERIFIED}]


def is_amiss(said: EarlierLetters, reports: Mapping[str, Report], at: datetime) -> bool:
    """Say whether something that was told is wrong, in doubt or not asked any more at `at`; not: remedied."""
    amiss = {_Became.WRONG, _Became.HELD, _Became.NOT_ASKED}
    return any(_became(report, at) in amiss for report in said.fallen(reports, at))


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
    changed = said.fallen(reports, edition.at)
    if not changed:
        return None
    also = _also_named_to(said, reports.values(), edition)
    blocks = _blocks(said, changed, edition, stands, also)
    return ExportFile(
        name=f"{WITHDRAWN_FOLDER}/{file_stem('correction', said.repository)}.md",
        text="\n\n".join(blocks) + "\n",
        kind=DocumentKind.CORRECTION,
        findings=tuple(report.finding.key for report in changed),
        repository=said.repository,
    )


def _blocks(
    said: EarlierLetters,
    changed: Sequence[Report],
    edition: Edition,
    stands: Collection[str],
    also: Sequence[str],
) -> Iterator[str]:
    place = code_span(f"{said.repository.host}/{said.repository.path}")
    became = {report.finding.key: _became(report, edition.at) for report in changed}
    amiss = {_Became.WRONG, _Became.NOT_ASKED}.intersection(became.values())
    what = "Correction of" if amiss else "Follow-up to"
    yield f"# {what} {'a malware report' if said.findings else 'a notice'}: {place}"
    sent = f"Sent over: {'; '.join(map(prose, said.channels))}\n" if said.channels else ""
    yield (
        f"To: {'whoever received the report' if said.findings else 'the owner who received the notice'}\n"
        f"{_also_to(also)}{sent}"
        f"Case: {case_id(said.repository, edition)}\n"
        f"Date: {utc(edition.at)}"
    )
    for kind in _Became:
        of_kind = [report for report in changed if became[report.finding.key] is kind]
        if of_kind:
            yield kind.value
            yield "\n".join(line for report in of_kind for line in _lines(report, edition.at))
    yield (
        f"The {'report' if said.findings else 'notice'} said that the repository {place} pins files that "
        "advisories list as malicious."
    )
    yield from _rest(said.keys - set(became), set(became.values()), stands)
    yield contact_line(edition)


def _also_named_to(
    said: EarlierLetters, reports: Iterable[Report], edition: Edition
) -> Sequence[str]:
    """Return the other hosts of a selection: letters to their desks may name the repository as well."""
    if edition.selection is None:
        return ()
    hosts = {one.finding.repository.host for one in edition.selected(reports)}
    return sorted(hosts - {said.repository.host})


def _also_to(hosts: Sequence[str]) -> str:
    if not hosts:
        return ""
    return f"Also to: the desks of {', '.join(map(code_span, hosts))}, where their letter named the repository\n"


def _rest(
    left: AbstractSet[str], became: AbstractSet[_Became], stands: Collection[str]
) -> Iterator[str]:
    """Yield what is to be said of the entries that are `left`, or of the case where none is."""
    if left and left <= set(stands):
        yield "The other entries of the report still hold."
    elif left:
        yield "The other entries of the report were not verified again."
    elif became <= {_Became.WRONG, _Became.NOT_ASKED, _Became.REMEDIED}:
        yield "Nothing is left of the request; the case can be closed."


def _became(report: Report, at: datetime) -> _Became:
    match bar_of(report, at):
        case Bar.CLOSED:
            return _ended_as(report)
        case Bar.PIN_GONE | Bar.REQUEST:
            return _Became.LEFT_REFS
        case Bar.PRIVATE | Bar.NOT_SERVED:
            return _Became.REMEDIED
        case Bar.QUESTIONED:
            return _Became.HELD
        case Bar.NOT_A_LURE:
            return _Became.NOT_ASKED
        case Bar.LOCAL | Bar.NOT_CONFIRMED | Bar.NOT_MALICIOUS | Bar.UNVERIFIED | None:
            return _Became.WRONG
        case bar:
            assert_never(bar)


def _ended_as(report: Report) -> _Became:
    why = report.status_reason
    match report.status:
        case FindingStatus.GONE if why is not None and why.code == _RENAMED:
            return _Became.RENAMED
        case FindingStatus.GONE_AT_REFS:
            return _Became.LEFT_REFS
        case FindingStatus.GONE:
            return _Became.REMEDIED
        case _:
            return _Became.WRONG


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


def _why(report: Report, at: datetime) -> str:  # noqa: C901, PLR0911 - one sentence per bar
    finding, evidence = report.finding, report.evidence
    match bar_of(report, at):
        case Bar.CLOSED:
            return _why_closed(report)
        case Bar.REQUEST:
            return (
                "No branch or tag that was read has the entry any more, only a pull or merge request, "
                "which anybody may open."
            )
        case Bar.NOT_CONFIRMED:
            lowering = "; ".join(prose(r.text) for r in finding.match.reasons[1:])
            return f"It is no longer confirmed: {lowering or 'the evidence is not sufficient'}."
        case Bar.NOT_MALICIOUS:
            verdict = finding.match.verdict
            state = VerdictState.WITHDRAWN if verdict is None else verdict.state
            return _sentence(state.sentence)
        case Bar.PRIVATE:
            return "The repository is no longer public."
        case Bar.QUESTIONED:
            asked = "; ".join(prose(question.text) for question in finding.questions)
            return _sentence(asked)
        case Bar.PIN_GONE:
            seen = None if evidence is None else evidence.verified_at
            when = "" if seen is None else f" at {utc(seen)}"
            return (
                f"The entry was gone when {ref_phrase(finding.sighting.ref)} was read again{when}."
            )
        case Bar.NOT_SERVED:
            return serving_sentence(None if evidence is None else evidence.liveness, at)
        case Bar.NOT_A_LURE:
            return _REGARDED[class_of(report)]
        case Bar.LOCAL:
            return "The repository does not lie on a host."
        case Bar.UNVERIFIED | None:
            return "It holds."
        case bar:
            assert_never(bar)


def _why_closed(report: Report) -> str:
    told = report.status_reason
    why = _BY_STATUS[report.status] if told is None else _ended(prose(told.text))
    if told is not None and report.status is FindingStatus.DISMISSED:  # the words are a person's
        joint = " " if told.text.startswith("until ") else ": "
        why = f"A person has taken it back{joint}{why}"
    else:
        why = _sentence(why)
    return why if report.status_at is None else f"{why} (Since {utc(report.status_at)}.)"


def _sentence(words: str) -> str:
    return _ended(f"{words[:1].upper()}{words[1:]}")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
