"""What falls with a record that was withdrawn: its copies in other feeds, and those that only cite it.

Withdrawals do not spread by themselves: a copy is late or never follows, and an advisory that was made
out of a record may even appear after the record was withdrawn. Nobody but the withdrawn record says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler.model import Assertion, Claim, Subject
from crawler.verdicts.precedence import said_at

__all__ = ["ACCUSING", "GLOBAL_ID", "withdrawals", "without_ground"]

ACCUSING = frozenset({Claim.MALICIOUS, Claim.SUSPICIOUS})

GLOBAL_ID = re.compile(r"(?:MAL|PYSEC)-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}")
"""Ids that mean the same record in whichever feed they stand."""


def withdrawals(latest: Iterable[Assertion], now: datetime) -> dict[str, datetime]:
    """Return when records with a global id were withdrawn as a whole, by any feed.

    A withdrawal in one feed reaches the copies in the others (they are late, or never follow); a copy
    that was observed later than the withdrawal stands.
    """
    by_copy = dict[tuple[str, str], list[Assertion]]()
    for assertion in latest:
        if assertion.claim is Claim.MALICIOUS and GLOBAL_ID.fullmatch(assertion.record_id):
            by_copy.setdefault((assertion.feed, assertion.record_id), []).append(assertion)
    found = dict[str, datetime]()
    for (_, record_id), copies in by_copy.items():
        if all(a.retracted_at is not None for a in copies):
            said = max(said_at(a, now)[0] for a in copies)
            found[record_id] = max(said, found.get(record_id, said))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What the accusations of one record, in whatever feed, have come to."""

    live: set[Subject] = field(default_factory=set)
    dead: dict[Subject, datetime] = field(default_factory=dict)

    def fallen_at(self, subject: Subject) -> datetime | None:
        """Return when the record ceased to accuse `subject`; None where it does, or never did."""
        if not self.live:
            return self.dead.get(subject) or max(self.dead.values(), default=None)
        return None if subject in self.live else self.dead.get(subject)


def without_ground(
    standing: Sequence[Assertion], taken_back: Sequence[Assertion]
) -> Mapping[Assertion, Assertion]:
    """Return the standing accusations that only cite a record which was withdrawn, each taken back.

    The chain of citations may have any length, and may be a circle. A record that still accuses
    others has fallen only for what it no longer names.
    """
    if all(a.claim not in ACCUSING for a in taken_back):
        return {}
    records = _records(standing, taken_back)
    cites = dict[str, set[str]]()
    for assertion in (*standing, *taken_back):
        cites.setdefault(assertion.record_id, set()).add(assertion.root_source)
    fallen = dict[Assertion, Assertion]()
    for assertion in standing:
        if assertion.claim not in ACCUSING:
            continue
        cited = (records[i] for i in _cited(assertion, cites) if i in records)
        times = [t for r in cited if (t := r.fallen_at(assertion.subject)) is not None]
        if times:
            fallen[assertion] = replace(assertion, retracted_at=max(*times, assertion.valid_from))
    return fallen


def _records(
    standing: Iterable[Assertion], taken_back: Iterable[Assertion]
) -> Mapping[str, _Record]:
    records = dict[str, _Record]()
    for assertion in standing:
        if assertion.claim in ACCUSING:
            records.setdefault(assertion.record_id, _Record()).live.add(assertion.subject)
    for assertion in taken_back:
        if assertion.claim in ACCUSING:
            when = assertion.retracted_at or assertion.valid_from
            dead = records.setdefault(assertion.record_id, _Record()).dead
            dead[assertion.subject] = max(when, dead.get(assertion.subject, when))
    return records


def _cited(assertion: Assertion, cites: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield the ids of all records that this one goes back to, itself left out."""
    known_elsewhere = GLOBAL_ID.fullmatch(assertion.record_id)
    waiting = [assertion.root_source]
    waiting += sorted(cites[assertion.record_id]) if known_elsewhere else []
    seen = {assertion.record_id}
    while waiting:
        record_id = waiting.pop()
        if record_id not in seen:
            seen.add(record_id)
            yield record_id
            waiting += sorted(cites.get(record_id, ()))
