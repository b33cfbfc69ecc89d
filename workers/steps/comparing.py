"""Where two feeds differ in what they call malicious, and where they contradict each other.

Only the last statements count, on normalised subjects. A broader claim covers a narrower one: who calls
every version malicious says so of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.model import Claim, ProjectKey, Subject
from workers.ledger import current_assertions, verdicts
from workers.ledger.sql.keys import release

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Assertion, Doubt

__all__ = ["Difference", "Disagreement", "FeedComparison", "Stated", "View", "compare"]

_Key = tuple[ProjectKey, str | None, str | None]


class Disagreement(StrEnum):
    """How two feeds differ on a subject."""

    ONLY_LEFT = "only-left"
    ONLY_RIGHT = "only-right"
    WITHDRAWN_LEFT = "withdrawn-left"
    """The left one took it back; in the right one it stands."""
    WITHDRAWN_RIGHT = "withdrawn-right"
    DOUBTED_LEFT = "doubted-left"
    """The left one alone stands behind a digest, and something speaks against it."""
    DOUBTED_RIGHT = "doubted-right"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A feed, as it is or as it was at a moment."""

    feed: str
    as_of: datetime | None = None
    """UTC; None: now."""

    def __str__(self) -> str:
        """Write it as `feeds diff` takes it."""
        return self.feed if self.as_of is None else f"{self.feed}@{self.as_of.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What one feed says of a subject."""

    subject: Subject
    record_id: str
    root_source: str
    recorded_at: datetime
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One subject on which two feeds differ."""

    kind: Disagreement
    standing: Stated
    withdrawn: Stated | None = None
    """In the feed that took it back."""
    cites: bool = False
    """The standing statement has its root in a record of the other feed: it is no second witness."""
    partly: bool = False
    """The other feed names other parts of the same project."""
    doubts: tuple[Doubt, ...] = ()
    """What speaks against a file of the standing statement now; see `crawler.verdicts.support`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedComparison:
    """What two feeds make of the same subjects."""

    left: View
    right: View
    both: int
    """Subjects that both call malicious, broader claims included."""
    same_root: int
    """Of those, the ones on which one cites the other, or both the same."""
    differences: tuple[Difference, ...]
    """By kind and subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    standing: Mapping[_Key, Stated]
    withdrawn: Mapping[_Key, Stated]
    records: frozenset[str]
    projects: frozenset[ProjectKey]

    def covers(self, key: _Key) -> Stated | None:
        """Return what stands on the subject itself or on the release or project it belongs to."""
        return next((self.standing[k] for k in _upwards(key) if k in self.standing), None)

    def took_back(self, key: _Key) -> Stated | None:
        return next((self.withdrawn[k] for k in _upwards(key) if k in self.withdrawn), None)


def compare(
    conn: Connection, left: View, right: View, since: datetime | None = None
) -> FeedComparison:
    """Compare two feeds, or one feed at two moments.

    `since` (UTC) leaves out differences of which neither side said anything new after it. Raises
    UsageError for a feed of which the ledger knows no record.
    """
    one, other = _side(conn, left), _side(conn, right)
    shared = [(s, r) for k, s in one.standing.items() if (r := other.covers(k)) is not None]
    missing = [*_missing(one, other, left=True), *_missing(other, one, left=False)]
    named = {difference.standing for difference in missing}
    doubts = _doubts(conn, [s.subject for side in (one, other) for s in side.standing.values()])
    found = [
        *(replace(d, doubts=doubts.get(d.standing.subject, ())) for d in missing),
        *(
            Difference(kind=kind, standing=said, doubts=against)
            for side, kind in (
                (one, Disagreement.DOUBTED_LEFT),
                (other, Disagreement.DOUBTED_RIGHT),
            )
            for said in side.standing.values()
            if said not in named and (against := doubts.get(said.subject))
        ),
    ]
    recent = (d for d in found if since is None or _last(d) >= since)
    return FeedComparison(
        left=left,
        right=right,
        both=len(shared),
        same_root=sum(_same_root(a, b) for a, b in shared),
        differences=tuple(sorted(recent, key=lambda d: (d.kind, str(d.standing.subject)))),
    )


def _side(conn: Connection, view: View) -> _Side:
    if not current_assertions.record_count(conn, view.feed):
        msg = f"no record of a feed {view.feed!r} is known; `ghostcrawl feeds list` names all"
        raise UsageError(msg)
    standing: dict[_Key, Stated] = {}
    withdrawn: dict[_Key, Stated] = {}
    records: set[str] = set()
    for recorded_at, said in current_assertions.of_feed(conn, view.feed, view.as_of):
        records.add(said.record_id)
        if said.claim is Claim.MALICIOUS:
            into = standing if said.retracted_at is None else withdrawn
            into.setdefault(_key(said.subject), _stated(said, recorded_at))
    for key in standing:
        withdrawn.pop(key, None)
    projects = frozenset(project for project, _, _ in standing)
    return _Side(
        standing=standing, withdrawn=withdrawn, records=frozenset(records), projects=projects
    )


def _stated(said: Assertion, recorded_at: datetime) -> Stated:
    return Stated(
        subject=said.subject,
        record_id=said.record_id,
        root_source=said.root_source,
        recorded_at=recorded_at,
        withdrawn=said.retracted_at is not None,
    )


def _key(subject: Subject) -> _Key:
    project, version = subject.project, subject.version
    stated = None if version is None else release(project.ecosystem, version)
    return project, stated, None if subject.file is None else subject.file.filename


def _upwards(key: _Key) -> Iterable[_Key]:
    project, version, _ = key
    return dict.fromkeys((key, (project, version, None), (project, None, None)))


def _missing(one: _Side, other: _Side, *, left: bool) -> Iterator[Difference]:
    """Yield what stands in `one` and not in `other`; `left` says which of them is the left one."""
    for key, said in one.standing.items():
        if other.covers(key) is not None:
            continue
        back = other.took_back(key)
        if back is not None:
            kind = Disagreement.WITHDRAWN_RIGHT if left else Disagreement.WITHDRAWN_LEFT
        else:
            kind = Disagreement.ONLY_LEFT if left else Disagreement.ONLY_RIGHT
        yield Difference(
            kind=kind,
            standing=said,
            withdrawn=back,
            cites=said.root_source in other.records,
            partly=key[0] in other.projects,
        )


def _doubts(conn: Connection, subjects: Iterable[Subject]) -> Mapping[Subject, tuple[Doubt, ...]]:
    """Return what speaks now against the digests of those of `subjects` that are files."""
    files = [s for s in subjects if s.file is not None]
    judged = verdicts.of_projects(conn, {s.project for s in files})
    against = {
        (project, one.digest): one.doubts
        for project, of_one in judged.items()
        for verdict in of_one
        for one in verdict.support
    }
    found = {
        subject: [
            doubt
            for digest in (subject.file.digests if subject.file else ())
            for doubt in against.get((subject.project, digest), ())
        ]
        for subject in files
    }
    return {subject: tuple(dict.fromkeys(doubts)) for subject, doubts in found.items() if doubts}


def _same_root(one: Stated, other: Stated) -> bool:
    names = {one.record_id, one.root_source}
    return other.root_source in names or one.root_source == other.record_id


def _last(difference: Difference) -> datetime:
    back = difference.withdrawn
    at = difference.standing.recorded_at
    return at if back is None else max(at, back.recorded_at)
