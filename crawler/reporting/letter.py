"""The takedown letter: one page of Markdown per repository, facts first.

Only what was measured is stated, with the time when it was. A person reads the letter, and a person
sends it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from crawler.fields import stated_instant
from crawler.model import CaseClass, IndexState, WeightSource
from crawler.reporting.accusation import Bar, bar_of
from crawler.reporting.channels import channel_of
from crawler.reporting.file_names import addressed_of, file_stem
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.letter_facts import evidence_lines, fact_lines, pin_line
from crawler.reporting.pinned_file import pinned_files, tampering_in
from crawler.reporting.serving import Serving, serving_of, serving_sentence
from crawler.reporting.text import code_span, counted, prose, utc

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import Classification, Report, Repository
    from crawler.reporting.interface import Addressed, Edition
    from crawler.reporting.pinned_file import PinnedFile

__all__ = ["Letter", "case_id", "case_of", "contact_line"]

_MOST_FACTS = 10
_KNOWN_BY = {
    WeightSource.HOST: "by the host's own dates",
    WeightSource.LOCK: "in the lock",
    WeightSource.INDEX: "by the package index and the advisories",
    WeightSource.LEDGER: "among the repositories that we have read",
}


class Letter:
    """One letter per repository that pins what its host should know of."""

    def __init__(self, edition: Edition) -> None:
        """Write the letters of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the letters, by host and path; a repository with nothing to accuse gets none."""
        by_repository: dict[tuple[str, str], list[Report]] = defaultdict(list)
        for report in reports:
            repository = report.finding.repository
            by_repository[repository.host, repository.path].append(report)
        for _, group in sorted(by_repository.items()):
            yield from self._letter(group)

    def _letter(self, group: Sequence[Report]) -> Iterator[ExportFile]:
        bars = [(bar_of(report, self._edition.at), report) for report in group]
        tampering = tampering_in(group)
        accused = pinned_files((r for bar, r in bars if bar is None), tampering)
        dead = pinned_files((r for bar, r in bars if bar is Bar.NOT_SERVED), tampering)
        if not self._edition.told.issuperset(one.finding.key for one in accused):
            addressed = addressed_of(group[0])
            blocks = _blocks(addressed, accused, dead, group[0].classification, self._edition)
            yield ExportFile(
                name=f"{file_stem('takedown', addressed)}.md",
                text="\n\n".join(blocks) + "\n",
                kind=DocumentKind.LETTER,
                findings=tuple(one.finding.key for one in accused),
                repository=addressed,
            )


def _blocks(
    addressed: Addressed,
    accused: Sequence[PinnedFile],
    dead: Sequence[PinnedFile],
    classification: Classification | None,
    edition: Edition,
) -> Iterator[str]:
    repository = accused[0].finding.repository
    yield f"# Malware report: {code_span(f'{repository.host}/{repository.path}')}"
    channel = channel_of(repository)
    asked = "" if channel.asks is None else f"The desk asks for: {channel.asks}\n"
    yield f"To: {channel.how}\n{asked}Case: {case_id(addressed, edition)}"
    yield _summary(repository, accused, edition.at)
    yield _how_it_works(accused, edition.at)
    yield "**Evidence**\n\n" + "\n".join(evidence_lines(accused))
    if weighed := _to_weigh(repository, accused):
        yield weighed
    yield "**Facts (UTC)**\n\n" + "\n".join(_facts(repository, accused, edition.at))
    if made := tuple(_made_for_it(classification)):
        yield ("**Why it looks made for the package, and not hit by it**\n\n" + "\n".join(made))
    if dead:
        yield "**History.** Not part of the request, since these files are not served:\n\n" + (
            "\n".join(_history(dead, edition.at))
        )
    yield _not_claimed([*accused, *dead])
    yield (
        "**Requested action.** Please review the repository and take it down, or have the entries "
        "under Facts removed from its locks in every branch."
    )
    yield contact_line(edition)


def _summary(repository: Repository, accused: Sequence[PinnedFile], at: datetime) -> str:
    locks = len({one.finding.sighting.path for one in accused})
    files = len({one.file for one in accused})
    served = sum(_is_served(one, at) for one in accused)
    subject = "A lock file" if locks == 1 else f"{locks} lock files"
    packages = counted(len({one.project for one in accused}), "package")
    clause = channel_of(repository).clause
    return (
        f"{_tampering_sentence(accused[0])}{subject} of the repository {code_span(repository.clone_url)} "
        f"{'pins' if locks == 1 else 'pin'} {packages} ({counted(files, 'file')}) that the "
        f"advisories named below list as malicious. {_served_sentence(served, len(accused), files)} "
        f"Please check this against {clause}."
    )


def _tampering_sentence(strongest: PinnedFile) -> str:
    """Return what a reader should see first, where somebody changed an entry by hand."""
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
        return f"{served} of these {pins} pins {those} still served when last asked about."
    if files == 1:
        return "The file was still served when its host was last asked."
    return "These files were still served when their hosts were last asked."


def _how_it_works(accused: Iterable[PinnedFile], at: datetime) -> str:
    outlived = any(
        _is_served(one, at) and one.verdict.index_state is IndexState.GONE for one in accused
    )
    return (
        "**How it works.** A lock file fixes from which files a package is installed, and an installer "
        "that follows the lock uses no others"
        + (", even after the index has dropped the package." if outlived else ".")
    )


def _facts(repository: Repository, accused: Sequence[PinnedFile], at: datetime) -> Iterator[str]:
    created = stated_instant(repository.created_at, assumed=None)
    if created is not None:
        yield f"- The repository was created at {utc(created)}."
    for one in accused[:_MOST_FACTS]:
        yield from fact_lines(one, at)
    if len(accused) > _MOST_FACTS:
        yield f"- {len(accused) - _MOST_FACTS} more such pins are left out for length; ask for them."


def _made_for_it(classification: Classification | None) -> Iterator[str]:
    """Yield the reasons for a lure that a host can check, with whose knowledge each is."""
    for one in () if classification is None else classification.weights:
        if one.towards is CaseClass.LURE and one.source is not WeightSource.OWNER:
            yield f"- {prose(one.text[:1].upper() + one.text[1:])} ({_KNOWN_BY[one.source]})."


def _to_weigh(repository: Repository, accused: Iterable[PinnedFile]) -> str | None:
    """Return what may explain the pins without any malice; None where nothing of the kind was seen."""
    signs = dict.fromkeys(question.text for one in accused for question in one.finding.questions)
    if not signs:
        return None
    own = repository.description
    described = f"The repository describes itself as {code_span(own)}. " if own else ""
    return (
        f"**To weigh.** {described}What was seen: {'; '.join(map(prose, signs))}. Whether the pins are "
        "there for research or training is for a person to weigh."
    )


def _history(dead: Sequence[PinnedFile], at: datetime) -> Iterator[str]:
    for one in dead[:_MOST_FACTS]:
        yield f"- {pin_line(one)}. {serving_sentence(one.evidence.liveness, at)}"
    if len(dead) > _MOST_FACTS:
        yield f"- {len(dead) - _MOST_FACTS} more such pins are left out for length."


def _not_claimed(files: Iterable[PinnedFile]) -> str:
    checks = [one.evidence.liveness for one in files]
    methods = sorted({c.method for c in checks if c is not None and c.status is not None})
    asked = f" Hosts of files were sent {' and '.join(methods)} requests only." if methods else ""
    return (
        "**Not claimed.** Who wrote the lock, whether its author knew, and whether anybody has "
        "installed from it. The files were neither downloaded nor opened: that they are malicious "
        f"is the statement of the advisories named above.{asked}"
    )


def contact_line(edition: Edition, *, case: bool = True) -> str:
    """Return how the sender can be reached (the operator's mail address, else a gap to fill in).

    `case`: the document names a case, which the answer is to name.
    """
    contact = edition.mail or "[add your name and mail address]"
    return f"Contact: {contact}.{' Please name the case.' if case else ''}"


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
