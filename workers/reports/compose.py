"""What a report folder should hold now: the documents of the findings, and what became of earlier ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.reporting.correction import EarlierLetters, correction, fallen
from crawler.reporting.file_names import addressed_of
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.notice import is_owed
from crawler.reporting.registry import FORMATS

if TYPE_CHECKING:
    from crawler.model import Report
    from crawler.reporting.interface import Addressed, Edition
    from workers.reports.manifest import FileRecord, Records

__all__ = ["Contents", "compose", "digest", "formats_of"]

_LETTERS = FORMATS["letter"].kinds
_STANDING = frozenset({DocumentKind.LETTER, DocumentKind.LETTER_PAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What should be in the folder, of the kinds that this report is about."""

    kinds: frozenset[DocumentKind]
    """Files of other kinds stay as they are."""
    documents: tuple[ExportFile, ...]
    stays: frozenset[str]
    """Names of earlier files that stay, though nothing new is to be written in their place."""
    withdraws: frozenset[str]
    """Names of letters of which something no longer holds."""
    earlier: Mapping[Addressed, tuple[str, ...]]
    """What earlier letters about a repository said, the new one does not, and still may hold."""


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as hex digits."""
    return sha256(text.encode()).hexdigest()


def formats_of(asked: Collection[str], known: Records) -> tuple[str, ...]:
    """Return the formats that are `asked` for; where none is, the defaults and what the folder has.

    So whoever has asked for a format once keeps no file of it that no longer holds. Pages of letters go with
    the letters, whose corrections are theirs.
    """
    there = {record.kind for record in known.values()}
    chosen = tuple(asked) or tuple(
        name for name, one in FORMATS.items() if one.default or one.kinds & there
    )
    pages = "html" in chosen or ("letter" in chosen and DocumentKind.LETTER_PAGE in there)
    return tuple(dict.fromkeys(("letter", "html", *chosen))) if pages else chosen


def compose(
    reports: Sequence[Report],
    formats: Collection[str],
    edition: Edition,
    known: Records,
    sent: Sequence[EarlierLetters] = (),
) -> Contents:
    """Return what a folder that holds `known` should hold, of the `formats` that are asked for.

    `reports` are all findings, also those that no longer hold: of them the corrections tell. `sent` is
    what the ledger knows of letters, whichever folder they were in.
    """
    documents = tuple(pipeline.render(edition.selected(reports), formats, edition))
    kinds = frozenset[DocumentKind]().union(*(FORMATS[name].kinds for name in formats))
    by_key = {report.finding.key: report for report in reports}
    unverified = _owed_notices(known.values(), by_key, edition)
    if "letter" not in formats:
        return Contents(
            kinds=kinds,
            documents=documents,
            stays=unverified,
            withdraws=frozenset(),
            earlier={},
        )
    stated = frozenset(
        key for one in documents if one.kind is DocumentKind.LETTER for key in one.findings
    )
    said = _said(known.values(), _selected(sent, edition), by_key)
    corrections = [
        found
        for one in said
        if (found := _correction(one, by_key, edition, known, stated)) is not None
    ]
    places = {one.repository for one in corrections}
    corrected = {key for one in said if one.repository in places for key in one.findings}
    letters = [one for one in known.values() if one.kind in _STANDING]
    withdraws = frozenset(one.name for one in letters if fallen(one.findings, by_key, edition.at))
    waits = {one.name for one in letters if not stated.issuperset(one.findings)} - withdraws
    kept = {
        one.name
        for one in known.values()
        if one.kind is DocumentKind.WITHDRAWN and not corrected.isdisjoint(one.findings)
    }
    return Contents(
        kinds=kinds,
        documents=(*documents, *corrections),
        stays=unverified | waits | kept,
        withdraws=withdraws,
        earlier=_earlier(said, stated, by_key, edition),
    )


def _owed_notices(
    records: Iterable[FileRecord], reports: Mapping[str, Report], edition: Edition
) -> frozenset[str]:
    """Return the names of earlier notices that are still true as far as anybody knows."""
    return frozenset(
        one.name
        for one in records
        if one.kind is DocumentKind.NOTICE
        and all(key in reports and is_owed(reports[key], edition) for key in one.findings)
    )


def _selected(sent: Iterable[EarlierLetters], edition: Edition) -> Iterable[EarlierLetters]:
    chosen = edition.selection
    return [one for one in sent if chosen is None or one.repository.number in chosen.repositories]


def _said(
    records: Iterable[FileRecord],
    sent: Iterable[EarlierLetters],
    reports: Mapping[str, Report],
) -> list[EarlierLetters]:
    """Return what letters have said about each repository, also those that were taken back.

    A letter about several repositories is taken apart: each has a correction of its own.
    """
    found: dict[Addressed, set[str]] = defaultdict(set)
    for one in records:
        if one.kind not in _LETTERS:
            continue
        for key in _all(one):
            if one.repository is not None:
                found[one.repository].add(key)
            elif key in reports:
                found[addressed_of(reports[key])].add(key)
    known = {other.repository: other for other in sent}
    return [
        replace(
            known.get(about, EarlierLetters(repository=about, findings=frozenset())),
            findings=frozenset(found[about] | (known[about].findings if about in known else set())),
        )
        for about in sorted({*found, *known}, key=lambda one: (one.host, one.path))
    ]


def _all(one: FileRecord) -> set[str]:
    return {*one.findings, *one.earlier}


def _correction(
    said: EarlierLetters,
    reports: Mapping[str, Report],
    edition: Edition,
    known: Records,
    stands: Collection[str],
) -> ExportFile | None:
    """Return the correction of a repository; one that says nothing new keeps its date."""
    for one in known.values():
        if one.kind is DocumentKind.CORRECTION and one.repository == said.repository:
            dated = replace(edition, at=one.created_at)
            before = correction(said, reports, dated, stands=stands)
            if before is not None and digest(before.text) == one.sha256:
                return before
    return correction(said, reports, edition, stands=stands)


def _earlier(
    said: Iterable[EarlierLetters],
    stated: Collection[str],
    reports: Mapping[str, Report],
    edition: Edition,
) -> Mapping[Addressed, tuple[str, ...]]:
    found = {}
    for one in said:
        wrong = {report.finding.key for report in one.fallen(reports, edition.at)}
        found[one.repository] = tuple(sorted(one.findings - wrong - set(stated)))
    return found
