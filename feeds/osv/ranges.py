"""Which versions the ranges of an OSV record mean.

Source: OSV schema, "affected[].ranges[].events" and "Evaluation": events count in the order of their versions; a
version is affected from `introduced` on, until `fixed` or behind `last_affected`, and only below a `limit`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.errors import Malformed
from crawler.fields import plain_name
from crawler.model import Skipped
from crawler.model.version_ranges import VersionOrder, VersionSpan, bound_of, is_zero
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
    """None stands for the beginning, and of a limit for none."""
    order: VersionOrder | None
    """By which `version` compares."""

    def place(self) -> tuple[object, ...]:
        """Return the sort key: the beginning first, then by version."""
        if self.order is None:
            return (False,)
        return True, self.order, self.kind == "last_affected"


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
    events = tuple(_events(version_range, ecosystem))
    if len(events) > _MOST_EVENTS:
        msg = f"{version_range.path}: {len(events)} events"
        raise Malformed(msg)
    if not events:
        return (VersionSpan(),)
    limits = [event for event in events if event.kind == "limit"]
    endless = any(event.version is None for event in limits)
    limit = None if endless or not limits else max(limits, key=_Event.place)
    changes = [event for event in events if event.kind != "limit"]
    spans = tuple(_below(limit, span, ecosystem) for span in _stretches(changes))
    if not spans:
        msg = f"{version_range.path}: expected an event where it begins"
        raise Malformed(msg)
    return spans


def _events(version_range: Fields, ecosystem: Ecosystem) -> Iterator[_Event]:
    """Yield the events; of one that is several things each. Raises Malformed for a version without a place."""
    for event in version_range.children("events"):
        for kind in ("introduced", "fixed", "last_affected", "limit"):
            stated = event.optional_text(kind)
            if stated is None:
                continue
            path = f"{event.path}.{kind}"
            version = plain_name(stated.strip(), path)
            first = kind == "introduced" and is_zero(version)
            endless = kind == "limit" and version == _NO_LIMIT
            order = None if first or endless else bound_of(ecosystem, version)
            if order is None and not first and not endless:
                msg = f"{path}: invalid version {version[:40]!a}: expected one of {ecosystem}"
                raise Malformed(msg)
            yield _Event(kind=kind, version=None if order is None else version, order=order)


def _stretches(events: Iterable[_Event]) -> Iterator[VersionSpan]:
    """Yield the stretches in the order of versions; of equal ones what is the last affected comes last."""
    begun: _Event | None = None
    for event in sorted(events, key=_Event.place):
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


def _below(limit: _Event | None, span: VersionSpan, ecosystem: Ecosystem) -> VersionSpan:
    """Return `span` as far as it lies below `limit`."""
    if limit is None or limit.order is None:
        return span
    last = None if span.last is None else bound_of(ecosystem, span.last)
    if last is not None and last < limit.order:
        return span
    return replace(span, last=limit.version, included=False)
