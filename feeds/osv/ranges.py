"""Which versions the ranges of an OSV record mean.

Source: OSV schema, "affected[].ranges[].events" and "Evaluation": events count in the order of their versions; a
version is affected from `introduced` on, until `fixed` or behind `last_affected`, and only below a `limit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from typing import TYPE_CHECKING

from crawler.errors import Malformed
from crawler.fields import plain_name
from crawler.model import Skipped
from crawler.model.version_ranges import VersionSpan, in_range, is_zero, range_of
from feeds.subjects import subjects_of

if TYPE_CHECKING:
    from crawler.fields import Fields
    from crawler.model import Ecosystem, ProjectKey, Subject

__all__ = ["meant_beside", "meant_by"]

_BY_VERSION = frozenset({"SEMVER", "ECOSYSTEM", None})
_NO_LIMIT = "*"
_MOST_EVENTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    kind: str
    version: str | None
    """None stands for the beginning."""


def meant_beside(
    affected: Fields, project: ProjectKey, skipped: list[Skipped]
) -> tuple[Subject, ...]:
    """Return what the ranges of `affected` mean beside the versions that it lists: those that come to an end.

    Source: OSV schema: of a range of type ECOSYSTEM all versions are listed, of one of type SEMVER they need not.
    A list is more careful than a range without an end, which accuses whatever is released later.
    """
    semver = [one for one in affected.children("ranges") if one.optional_text("type") == "SEMVER"]
    spans = [span for span in _all_spans(semver, project, skipped) if span.last is not None]
    return _subjects(project, spans, affected.path, skipped) if spans else ()


def meant_by(affected: Fields, project: ProjectKey, skipped: list[Skipped]) -> tuple[Subject, ...]:
    """Return what the ranges of `affected` mean together: the project where that is every version, as without any.

    A range of commits, or with a bound that has no place in the order of versions, is left out and told.
    """
    ranges = tuple(affected.children("ranges"))
    spans = _all_spans(ranges, project, skipped)
    if ranges and not spans:
        return ()
    return _subjects(project, spans or [VersionSpan()], affected.path, skipped)


def _all_spans(
    ranges: Iterable[Fields], project: ProjectKey, skipped: list[Skipped]
) -> list[VersionSpan]:
    spans = list[VersionSpan]()
    for one in ranges:
        try:
            spans += _spans(one, project.ecosystem)
        except Malformed as error:
            skipped.append(Skipped(context=one.path, reason=str(error)))
    return spans


def _subjects(
    project: ProjectKey, spans: Sequence[VersionSpan], path: str, skipped: list[Skipped]
) -> tuple[Subject, ...]:
    try:
        return subjects_of(project, spans, path)
    except Malformed as error:
        skipped.append(Skipped(context=path, reason=str(error)))
        return ()


def _spans(version_range: Fields, ecosystem: Ecosystem) -> tuple[VersionSpan, ...]:
    """Return the stretches of one range; one without any event means every version."""
    if version_range.optional_text("type") not in _BY_VERSION:
        msg = f"{version_range.path}: expected a range of versions"
        raise Malformed(msg)
    events = tuple(_events(version_range))
    if len(events) > _MOST_EVENTS:
        msg = f"{version_range.path}: {len(events)} events"
        raise Malformed(msg)
    if not events:
        return (VersionSpan(),)
    unreadable = [e.version for e in events if e.version and not _is_known(ecosystem, e.version)]
    if unreadable:
        msg = f"{version_range.path}: invalid version {unreadable[0][:40]!a}: expected one of {ecosystem}"
        raise Malformed(msg)
    limits = [event.version for event in events if event.kind == "limit"]
    limit = None if None in limits else _highest(ecosystem, [one for one in limits if one])
    changes = [event for event in events if event.kind != "limit"]
    spans = tuple(_below(limit, span, ecosystem) for span in _stretches(changes, ecosystem))
    if not spans:
        msg = f"{version_range.path}: expected an event where it begins"
        raise Malformed(msg)
    return spans


def _events(version_range: Fields) -> Iterator[_Event]:
    """Yield the events; of one that is several things each."""
    for event in version_range.children("events"):
        for kind in ("introduced", "fixed", "last_affected", "limit"):
            stated = event.optional_text(kind)
            if stated is None:
                continue
            version = plain_name(stated.strip(), f"{event.path}.{kind}")
            first = kind == "introduced" and is_zero(version)
            endless = kind == "limit" and version == _NO_LIMIT
            yield _Event(kind=kind, version=None if first or endless else version)


def _stretches(events: Sequence[_Event], ecosystem: Ecosystem) -> Iterator[VersionSpan]:
    begun: _Event | None = None
    for event in _sorted(events, ecosystem):
        match event.kind:
            case "introduced":
                begun = begun or event
            case _ if begun is not None:
                included = event.kind == "last_affected"
                yield VersionSpan(first=begun.version, last=event.version, included=included)
                begun = None
            case _:
                pass
    if begun is not None:
        yield VersionSpan(first=begun.version)


def _sorted(events: Sequence[_Event], ecosystem: Ecosystem) -> list[_Event]:
    """Return `events` by version; of equal ones what is the last affected comes last."""

    def compare(one: _Event, other: _Event) -> int:
        if _is_below(ecosystem, one.version, other.version):
            return -1
        if _is_below(ecosystem, other.version, one.version):
            return 1
        return (one.kind == "last_affected") - (other.kind == "last_affected")

    return sorted(events, key=cmp_to_key(compare))


def _is_below(ecosystem: Ecosystem, one: str | None, other: str | None) -> bool:
    if one is None or other is None:
        return one is None and other is not None
    below = range_of(ecosystem, [VersionSpan(last=other)])
    return below is not None and in_range(below, one)


def _is_known(ecosystem: Ecosystem, version: str) -> bool:
    return range_of(ecosystem, [VersionSpan(first=version)]) is not None


def _highest(ecosystem: Ecosystem, versions: Iterable[str]) -> str | None:
    highest: str | None = None
    for version in versions:
        if highest is None or _is_below(ecosystem, highest, version):
            highest = version
    return highest


def _below(limit: str | None, span: VersionSpan, ecosystem: Ecosystem) -> VersionSpan:
    """Return `span` as far as it lies below `limit`."""
    if limit is None or (span.last is not None and _is_below(ecosystem, span.last, limit)):
        return span
    return replace(span, last=limit, included=False)
