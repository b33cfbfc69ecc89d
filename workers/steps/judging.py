"""What reading and hunting share: asking the ledger for verdicts, and keeping what they amount to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler import __version__, lockfiles, pipeline
from workers.ledger import findings, locks, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from crawler.model import (
        Ecosystem,
        Finding,
        LineSpan,
        LockId,
        Pin,
        Registry,
    )
    from crawler.pipeline import Inspection

__all__ = ["PARSER_VERSION", "rejudged", "with_known_lines"]

PARSER_VERSION = f"{__version__}/{lockfiles.versions()}"
"""Locks read by another version are read again; each format states its own."""


def rejudged(
    conn: Connection, lock: LockId, registries: Mapping[Ecosystem, Registry]
) -> Inspection:
    """Judge a stored lock by the verdicts of now, without reading it again."""
    return pipeline.rejudge(locks.pins_of(conn, lock), verdicts.reader(conn).lookup, registries)


def with_known_lines(conn: Connection, found: Iterable[Finding]) -> list[Finding]:
    """Give findings out of the ledger the lines that another repository's copy of the lock showed.

    Forks share blobs: the lines of a pin are the same wherever the lock lies, so nobody asks again.
    """
    given = list(found)
    lines: dict[tuple[LockId, Pin], LineSpan] = {
        (_lock_of(other), _unplaced(other.match.pin)): other.match.pin.lines
        for other in findings.of_locks(conn, {f.sighting.oid for f in given})
        if other.match.pin.lines is not None
    }
    return [
        replace(
            f,
            match=replace(
                f.match,
                pin=replace(f.match.pin, lines=lines.get((_lock_of(f), _unplaced(f.match.pin)))),
            ),
        )
        if f.match.pin.lines is None
        else f
        for f in given
    ]


def _lock_of(finding: Finding) -> LockId:
    return lockfiles.lock_id(finding.sighting.path, finding.sighting.oid)


def _unplaced(pin: Pin) -> Pin:
    return replace(pin, lines=None)
