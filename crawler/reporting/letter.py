"""The takedown letter: one page of Markdown, first what is asked, then the facts.

One for each repository, or of a selection one for each host. Only what was measured is stated, with the time
when it was. A person reads the letter, and a person sends it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.fields import stated_instant
from crawler.model import CaseClass, IndexState, WeightSource
from crawler.reporting.accusation import Bar, bar_of
from crawler.reporting.channels import channel_of
from crawler.reporting.file_names import addressed_of, file_stem
from crawler.reporting.interface import Addressed, DocumentKind, ExportFile
from crawler.reporting.letter_campaign import elsewhere_blocks
from crawler.reporting.letter_facts import evidence_lines, fact_lines, pin_line
from crawler.reporting.pinned_file import pinned_files, tampering_in
from crawler.reporting.serving import Serving, serving_of, serving_sentence
from crawler.reporting.text import code_span, counted, prose, utc

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import Classification, Report, Repository
    from crawler.reporting.interface import Edition
    from crawler.reporting.pinned_file import PinnedFile

__all__ = ["FORM", "Letter", "case_id", "case_of", "contact_line"]

FORM = "Form, filled in: "
"""Begins the lines for the person who reports by the form of a host; mails leave them out."""
_MOST_FACTS = 10
_KNOWN_BY = {
    WeightSource.HOST: "by dates that the host and the index state",
    WeightSource.LOCK: "in the lock",
    WeightSource.INDEX: "by the package index and the advisories",
    WeightSource.LEDGER: "among the repositories that we have read",
}

_KNOWN_ALSO = {
    "task-at-upload": "by the owner's README and the date that the host states",
    "several-tasks": "by the owner's README and the repositories that we have read",
}
"""Of reasons that rest on more than their source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accused:
    """What a letter says of one repository."""

    addressed: Addressed
    pins: Sequence[PinnedFile]
    """At least one."""
    dead: Sequence[PinnedFile]
    """Pins of files that are not served."""
    classification: Classification | None

    @property
    def repository(self) -> Repository:
        return self.pins[0].finding.repository


class Letter:
    """One letter per repository that pins what its host should know of; of a selection, one per host."""

    def __init__(self, edition: Edition) -> None:
        """Write the letters of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the letters, by host and path; a repository with nothing to accuse gets none."""
        by_repository: dict[tuple[str, str], list[Report]] = defaultdict(list)
        for report in reports:
            repository = report.finding.repository
            by_repository[repository.host, repository.path].append(report)
        together = self._edition.selection is not None
        letters: dict[tuple[str, ...], list[_Accused]] = defaultdict(list)
        everywhere = [
            accused
            for _, group in sorted(by_repository.items())
            if (accused := self._accused(group)) is not None
        ]
        for one in everywhere:
            if not self._edition.told.issuperset(pin.finding.key for pin in one.pins):
                place = one.repository
                letters[(place.host,) if together else (place.host, place.path)].append(one)
        for own in letters.values():
            host = own[0].repository.host
            others = [x for x in everywhere if together and x.repository.host != host]
            yield self._letter(own, others)

    def _accused(self, group: Sequence[Report]) -> _Accused | None:
        """Return what is to be said of the repository of `group`; None where there is nothing to accuse."""
        bars = [(bar_of(report, self._edition.at), report) for report in group]
        tampering = tampering_in(group)
        pins = pinned_files((r for bar, r in bars if bar is None), tampering)
        if not pins:
            return None
        return _Accused(
            addressed=addressed_of(group[0]),
            pins=pins,
            dead=pinned_files((r for bar, r in bars if bar is Bar.NOT_SERVED), tampering),
            classification=group[0].classification,
        )

    def _letter(self, accused: Sequence[_Accused], elsewhere: Sequence[_Accused]) -> ExportFile:
        first, selection = accused[0].addressed, self._edition.selection
        called = first
        if selection is not None:
            called = Addressed(host=first.host, path=selection.name, number=None)
        return ExportFile(
            name=f"{file_stem('takedown', called)}.md",
            text="\n\n".join(_blocks(accused, elsewhere, self._edition)) + "\n",
            kind=DocumentKind.LETTER,
            findings=tuple(pin.finding.key for one in accused for pin in one.pins),
            repository=first if selection is None else None,
        )


def _blocks(
    accused: Sequence[_Accused], elsewhere: Sequence[_Accused], edition: Edition
) -> Iterator[str]:
    first, at = accused[0].repository, edition.at
    pins = [pin for one in accused for pin in one.pins]
    subject = code_span(f"{first.host}/{first.path}")
    if len(accused) > 1:
        subject = f"{len(accused)} repositories on {code_span(first.host)}"
    yield f"# Malware report: {subject}"
    yield _head(accused, edition)
    yield _request(accused, edition)
    yield _summary(accused, at)
    yield _how_it_works(pins, at)
    if len(accused) == 1:
        yield from _about(accused[0], at)
    else:
        for one in accused:
            yield f"## {code_span(one.repository.path)}\n\n{_section_head(one, edition)}"
            yield from _about(one, at)
    if edition.selection is not None:
        own, others = _cases(accused, edition), _cases(elsewhere, edition)
        yield from elsewhere_blocks(own, others, edition.selection.links)
    yield _not_claimed(pin for one in accused for pin in (*one.pins, *one.dead))
    yield contact_line(edition)


def _head(accused: Sequence[_Accused], edition: Edition) -> str:
    first = accused[0].repository
    form = channel_of(first, edition.software).form if len(accused) == 1 else None
    ids = ", ".join(case_id(one.addressed, edition) for one in accused)
    return (
        f"To: the abuse desk of {code_span(first.host)}\n"
        + ("" if form is None else f"{FORM}<{form}>\n")
        + f"{'Case' if len(accused) == 1 else 'Cases'}: {ids}\n"
        f"{_last_checks([pin for one in accused for pin in one.pins])}"
    )


def _last_checks(pins: Sequence[PinnedFile]) -> str:
    """Return when what a letter states was last checked: its date, whenever it is written."""
    entries = [at for one in pins if (at := one.evidence.verified_at) is not None]
    checks = [one.evidence.liveness for one in pins]
    files = [x.checked_at for x in checks if x is not None and x.status is not None]
    asked = f"the files {_span(files)}" if files else "no host of a file was asked"
    return (
        f"Date: {utc(max([*entries, *files]))}\n"
        f"Last checked (UTC): the entries {_span(entries)}; {asked}"
    )


def _span(times: Sequence[datetime]) -> str:
    first, last = utc(min(times)), utc(max(times))
    return f"at {first}" if first == last else f"from {first} to {last}"


def _section_head(one: _Accused, edition: Edition) -> str:
    form = channel_of(one.repository, edition.software).form
    case = f"Case: {case_id(one.addressed, edition)}"
    return case if form is None else f"{case}\n{FORM}<{form}>"


def _cases(accused: Sequence[_Accused], edition: Edition) -> Mapping[str, Repository]:
    return {case_id(one.addressed, edition): one.repository for one in accused}


def _request(accused: Sequence[_Accused], edition: Edition) -> str:
    clause = channel_of(accused[0].repository, edition.software).clause
    if len(accused) == 1:
        these, them = f"the repository {code_span(accused[0].repository.clone_url)}", "it"
    else:
        these, them = f"the {len(accused)} repositories below", "them"
    return (
        f"Please review {these} against {clause}, and take {them} down or have the entries under Facts "
        "removed from every branch."
    )


def _summary(accused: Sequence[_Accused], at: datetime) -> str:
    pins = [pin for one in accused for pin in one.pins]
    locks = len({(one.addressed, pin.finding.sighting.path) for one in accused for pin in one.pins})
    files = len({pin.file for pin in pins})
    served = sum(_is_served(pin, at) for pin in pins)
    packages = counted(len({pin.project for pin in pins}), "package")
    its = "its" if len(accused) == 1 else "their"
    subject = f"{locks} of {its} lock files pin"
    if locks == 1:
        subject = f"Its lock file {code_span(pins[0].finding.sighting.path)} pins"
    return (
        f"{_tampering_sentence(pins)}{subject} {counted(files, 'file')} of {packages} that the advisories "
        f"below list as malicious. {_served_sentence(served, len(pins), files)}"
    )


def _tampering_sentence(pins: Sequence[PinnedFile]) -> str:
    """Return what a reader should see first, where somebody changed an entry by hand."""
    strongest = min(pins, key=lambda one: one.weakness)
    if not strongest.tampering:
        return ""
    lock = code_span(strongest.finding.sighting.path)
    return (
        f"An entry of {lock} is not as its tool writes it: {prose(strongest.tampering[0].text)}. "
    )


def _served_sentence(served: int, pins: int, files: int) -> str:
    """Return of how many of the pins the file was served when it was last asked about."""
    if served == 0:
        these = "the file is" if files == 1 else "these files are"
        return f"Whether {these} still served is not known."
    if served < pins:
        those = "is of a file" if served == 1 else "are of files"
        return f"{served} of the {pins} pins {those} still served when last asked about."
    if files == 1:
        return "The file was still served when its host was last asked."
    return "These files were still served when their hosts were last asked."


def _how_it_works(pins: Iterable[PinnedFile], at: datetime) -> str:
    outlived = any(
        _is_served(one, at) and one.verdict.index_state is IndexState.GONE for one in pins
    )
    return (
        "**How it works.** An installer that follows a lock file fetches the very files that it names"
        + (", even after the package index has removed the package." if outlived else ".")
    )


def _about(one: _Accused, at: datetime) -> Iterator[str]:
    """Yield all that is known of one repository."""
    yield "**Evidence**\n\n" + "\n".join(evidence_lines(one.pins))
    if weighed := _to_weigh(one.repository, one.pins):
        yield weighed
    yield "**Facts (UTC)**\n\n" + "\n".join(_facts(one, at))
    if made := tuple(_made_for_it(one.classification)):
        yield "**Why it looks made to spread the package**\n\n" + "\n".join(made)
    if one.dead:
        yield "**History.** Not part of the request, since these files are not served:\n\n" + (
            "\n".join(_history(one.dead, at))
        )


def _facts(one: _Accused, at: datetime) -> Iterator[str]:
    pins = one.pins
    created = stated_instant(one.repository.created_at, assumed=None)
    if created is not None:
        yield f"- The repository was created at {utc(created)}."
    told = [list(fact_lines(pin, at)) for pin in pins[:_MOST_FACTS]]
    shared = [line for line in told[0][1:] if len(told) > 1 and all(line in own for own in told)]
    for own in told:
        yield from (line for line in own if line not in shared)
    if shared:
        yield "- Of each of these pins:"
        yield from shared
    if len(pins) > _MOST_FACTS:
        yield f"- {len(pins) - _MOST_FACTS} more such pins are left out for length; ask for them."
    yield from _reasons(one.classification, {WeightSource.INDEX})


def _made_for_it(classification: Classification | None) -> Iterator[str]:
    """Yield why the repository is called a lure: who decided so, and what of it a host can check."""
    if classification is not None and classification.by_person:
        yield "- One of our analysts looked at the repository and takes it to be made for this."
    yield from _reasons(
        classification, frozenset(WeightSource) - {WeightSource.INDEX, WeightSource.OWNER}
    )


def _reasons(
    classification: Classification | None, sources: AbstractSet[WeightSource]
) -> Iterator[str]:
    """Yield the reasons for a lure from these sources, with whose knowledge each is."""
    for one in () if classification is None else classification.weights:
        if one.towards is CaseClass.LURE and one.source in sources:
            yield f"- {prose(one.text[:1].upper() + one.text[1:])} ({_KNOWN_ALSO.get(one.code, _KNOWN_BY[one.source])})."


def _to_weigh(repository: Repository, accused: Iterable[PinnedFile]) -> str | None:
    """Return what may explain the pins without any malice; None where nothing of the kind was seen."""
    signs = dict.fromkeys(question.text for one in accused for question in one.finding.questions)
    if not signs:
        return None
    own = repository.description
    described = f"The repository describes itself as {code_span(own)}. " if own else ""
    return (
        f"**Possibly research.** {described}What was seen: {'; '.join(map(prose, signs))}. Please decide "
        "whether the pins serve research or training."
    )


def _history(dead: Sequence[PinnedFile], at: datetime) -> Iterator[str]:
    for one in dead[:_MOST_FACTS]:
        yield f"- {pin_line(one)}. {serving_sentence(one.evidence.liveness, at)}"
    if len(dead) > _MOST_FACTS:
        yield f"- {len(dead) - _MOST_FACTS} more such pins are left out for length."


def _not_claimed(files: Iterable[PinnedFile]) -> str:
    checks = [one.evidence.liveness for one in files]
    methods = sorted({c.method for c in checks if c is not None and c.status is not None})
    asked = f" File hosts were sent {' and '.join(methods)} requests only." if methods else ""
    return (
        "**Not claimed.** This report does not say who wrote a lock, whether its author knew, or whether "
        "anybody installed from it. The files were neither downloaded nor opened; that they are malicious "
        f"is what the advisories above say.{asked}"
    )


def contact_line(edition: Edition, *, case: bool = True) -> str:
    """Return how the sender can be reached (the operator's mail address, else a gap to fill in).

    `case`: the document names a case, which the answer is to name.
    """
    contact = edition.mail or "[add your name and mail address]"
    return f"Contact: {contact}.{' Please quote the case in your answer.' if case else ''}"


def case_of(about: Addressed) -> str:
    """Return the id under which a host and the sender speak of a repository, whatever is found there."""
    place = f"{about.host}\0{about.path}"
    return hashlib.sha256(place.encode(errors="surrogatepass")).hexdigest()[:12]


def case_id(about: Addressed, edition: Edition) -> str:
    """Return what the ledger calls the case of a repository, which a new name of it does not change."""
    known = None if about.number is None else edition.case_ids.get(about.number)
    return known or case_of(about)


def _is_served(one: PinnedFile, at: datetime) -> bool:
    return serving_of(one.evidence.liveness, at) is Serving.SERVED
