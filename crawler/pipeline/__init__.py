"""The story on one page: plan, search, visit, inspect, verify, render.

Each function is one step; what it needs comes in as values or as one of the interfaces, what it found
goes out as values. Who calls it when, and where results are kept, is the business of `workers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from crawler import reporting, targeting
from crawler.pipeline.around import LockSurroundings, surroundings, visit_around, with_questions
from crawler.pipeline.inspecting import (
    Inspection,
    Lookup,
    Parse,
    ParseUnknown,
    inspect,
    inspect_unknown,
    locks_of,
    manifest_of,
    orphans_at,
    places,
    rejudge,
    with_orphans,
)
from crawler.pipeline.placing import RegistrySettings, findings, settings_among, without_repeats
from crawler.pipeline.proving import evidence, verify

if TYPE_CHECKING:
    from crawler.hosts.interface import Searcher, SearchPage
    from crawler.model import (
        Distribution,
        Query,
        Reader,
        ReadRequest,
        Report,
        Repository,
        Subject,
        Target,
        Verdict,
        Visit,
    )
    from crawler.reporting.interface import Edition, ExportFile

__all__ = [
    "Inspection",
    "LockSurroundings",
    "Lookup",
    "Parse",
    "ParseUnknown",
    "RegistrySettings",
    "evidence",
    "findings",
    "inspect",
    "inspect_unknown",
    "locks_of",
    "manifest_of",
    "orphans_at",
    "places",
    "plan",
    "rejudge",
    "render",
    "search",
    "settings_among",
    "surroundings",
    "verify",
    "visit",
    "visit_around",
    "with_orphans",
    "with_questions",
    "without_repeats",
]


def plan(
    verdicts: Iterable[Verdict], taught: Mapping[Subject, Sequence[Distribution]]
) -> tuple[Target, ...]:
    """Decide what to look for; `taught` are files of releases that only locks speak of."""
    return targeting.plan(verdicts, taught)


def search(host: Searcher, query: Query, cursor: str | None) -> SearchPage:
    """Ask one page of one query."""
    return host.search(query, cursor)


def visit(
    reader: Reader,
    repositories: Sequence[Repository],
    request: ReadRequest,
) -> Iterator[Visit]:
    """Read the locks of `repositories` that are not known yet."""
    return reader.read(repositories, request)


def render(
    reports: Sequence[Report], formats: Iterable[str], edition: Edition
) -> Iterator[ExportFile]:
    """Turn reports into the documents of each format, as an edition of its time and sender.

    What is found in private repositories is for the operator alone.
    """
    for_others = [one for one in reports if not one.finding.repository.private]
    for name in formats:
        chosen = reporting.FORMATS[name]
        shown = reports if chosen.is_for_operator else for_others
        yield from chosen.renderer(edition).render(shown)
