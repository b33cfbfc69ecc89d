"""All that the ledger knows of exactly one file, release or project, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.model import (
    Assertion,
    Digest,
    Distribution,
    IndexState,
    ProjectKey,
    Subject,
    Verdict,
)
from crawler.model.version_ranges import is_range, may_hold
from crawler.verdicts.index import IndexView
from crawler.verdicts.statements import current
from workers.ledger import allowances, changes, current_assertions, postings, verdicts
from workers.ledger.sql.keys import release

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Pin
    from workers.ledger.allowances import Allowance
    from workers.ledger.changes import VerdictChange
    from workers.naming import PackageRef

__all__ = ["Explanation", "IndexWord", "explain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexWord:
    """What the index said last."""

    state: IndexState
    at: datetime | None = None
    """UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer to "what is known of this"."""

    named: PackageRef
    """As it was asked, with what the ledger adds: project, version, file name, digests."""
    verdicts: tuple[Verdict, ...]
    """Those that bear on it, the most specific first."""
    said: tuple[Assertion, ...]
    """What counts of the feeds' words behind them."""
    changes: tuple[VerdictChange, ...]
    allowed: tuple[Allowance, ...]
    index: IndexWord
    locks_of_file: int
    """Stored locks that pin a file with one of the digests; 0 where none is known."""
    locks_of_release: int
    """Stored locks that pin the release, or the project where no version is named."""

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is known."""
        known = (self.verdicts, self.said, self.changes, self.locks_of_file, self.locks_of_release)
        return not any(known)


def explain(conn: Connection, asked: PackageRef, now: datetime) -> Explanation:
    """Gather what is known of `asked`; `now` (UTC) bounds what the feeds said."""
    named = _completed(conn, asked)
    key = named.project
    said = () if key is None else dict(current_assertions.of_projects(conn, [key]))[key]
    judged = () if key is None else verdicts.of_project(conn, key)
    told = tuple(a for a in said if _bears(named, a.subject))
    named = _as_feeds_spell(named, told)
    found = [v for v in judged if _bears(named, v.subject)]
    whole = _with_digests(named, told)
    return Explanation(
        named=whole,
        verdicts=tuple(sorted(found, key=lambda v: -_specific(v.subject))),
        said=told,
        changes=() if key is None else _changes(conn, key, named),
        allowed=tuple(e for a in told if (e := allowances.entry_of(a)) is not None),
        index=_index(key, named, said, now),
        locks_of_file=postings.count_with(conn, digests=whole.digests) if whole.digests else 0,
        locks_of_release=_locks_of_release(conn, named),
    )


def _completed(conn: Connection, asked: PackageRef) -> PackageRef:
    """Add what verdicts on the file tell, and what stored locks state of it; feeds before locks."""
    if not asked.digests:
        return asked
    judged = verdicts.reader(conn).for_pins(digests=[d.hex for d in asked.digests])
    pins = postings.pins_with(conn, asked.digests)
    of_feeds = next((v.subject for v in judged if v.subject.file is not None), None)
    of_locks = next((s for p in pins if (s := _subject(p)) is not None), None)
    known = of_feeds or of_locks
    if asked.project is None and known is not None:
        asked = replace(asked, project=known.project, version=known.version)
    if asked.filename is None and known is not None and known.file is not None:
        asked = replace(asked, filename=known.file.filename)
    files = [v.subject.file for v in judged if v.subject.file is not None]
    learned = [d for file in files for d in file.digests] + [d for p in pins for d in p.digests]
    return replace(asked, digests=_agreeing(_meant(asked.digests, learned), learned))


def _meant(asked: Sequence[Digest], learned: Sequence[Digest]) -> list[Digest]:
    """Drop what was only guessed: bare hex digits stand for every algorithm of their length."""
    found = {digest.hex for digest in asked if digest in learned}
    return [digest for digest in asked if digest in learned or digest.hex not in found]


def _subject(pin: Pin) -> Subject | None:
    if pin.name is None:
        return None
    file = None if pin.filename is None else Distribution(filename=pin.filename)
    project = ProjectKey(ecosystem=pin.ecosystem, name=pin.name)
    return Subject(project=project, version=pin.version, file=file)


def _agreeing(stated: Sequence[Digest], learned: Iterable[Digest]) -> tuple[Digest, ...]:
    """Add one digest per algorithm that nothing states yet; where others differ, none is believed."""
    more: dict[str, set[Digest]] = {}
    known = {digest.algorithm for digest in stated}
    for digest in learned:
        if digest.algorithm not in known:
            more.setdefault(digest.algorithm, set()).add(digest)
    agreed = {digest for found in more.values() if len(found) == 1 for digest in found}
    return tuple(sorted({*stated, *agreed}))


def _as_feeds_spell(named: PackageRef, told: Iterable[Assertion]) -> PackageRef:
    """Take the spelling of the version that was said: `1.0` and `1.0.0` are one release."""
    versions = (a.subject.version for a in told)
    spelled = next((v for v in versions if v is not None and not is_range(v)), named.version)
    return named if named.version is None else replace(named, version=spelled)


def _with_digests(named: PackageRef, told: Iterable[Assertion]) -> PackageRef:
    """Name the digests that feeds state for a file of which only the name was given."""
    files = [a.subject.file for a in told if a.subject.file is not None]
    if named.filename is None or not files:
        return named
    learned = [d for file in files if file.filename == named.filename for d in file.digests]
    return replace(named, digests=_agreeing(named.digests, learned))


def _bears(named: PackageRef, subject: Subject) -> bool:
    """Say whether a statement on `subject` is one on what was named."""
    if subject.version is not None and named.version is not None:
        ecosystem = subject.project.ecosystem
        if is_range(subject.version):
            return may_hold(subject.version, named.version)
        if release(ecosystem, subject.version) != release(ecosystem, named.version):
            return False
    file = subject.file
    if file is None or (named.filename is None and not named.digests):
        return True
    known = {d.algorithm: d.hex for d in named.digests}
    shared = [d for d in file.digests if d.algorithm in known]
    if shared:
        return any(known[d.algorithm] == d.hex for d in shared)
    return file.filename == named.filename


def _specific(subject: Subject) -> int:
    return (subject.version is not None) + 2 * (subject.file is not None)


def _changes(conn: Connection, key: ProjectKey, named: PackageRef) -> tuple[VerdictChange, ...]:
    return tuple(c for c in changes.of_project(conn, key) if _bears(named, c.subject))


def _index(
    key: ProjectKey | None, named: PackageRef, said: Sequence[Assertion], now: datetime
) -> IndexWord:
    if key is None:
        return IndexWord(state=IndexState.UNKNOWN)
    statements = current(said, now)
    view = IndexView(key, statements)
    if named.filename is not None:
        file = Distribution(filename=named.filename, digests=named.digests)
        word = view.file(named.version, file)
    else:
        word = view.project() if named.version is None else view.release(named.version)
    if word is None:
        return IndexWord(state=IndexState.UNKNOWN)
    return IndexWord(state=word.state, at=statements.stated(word.at))


def _locks_of_release(conn: Connection, named: PackageRef) -> int:
    if named.project is None:
        return 0
    if named.version is None:
        return postings.count_with(conn, projects=[named.project])
    return postings.count_with(conn, releases=[(named.project, named.version)])
