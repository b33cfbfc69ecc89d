"""Repositories and what visits brought home of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, not_, or_, select, tuple_, update

from crawler.model import Repository
from workers.ledger.sql.keys import batched
from workers.ledger.sql.statements import in_turn, insert_new
from workers.ledger.tables import finding, finding_project, head, hint, repository
from workers.ledger.work.offers import offer
from workers.ledger.work_items import WorkItem, WorkKind
from workers.runs import Way

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

__all__ = [
    "add_hint",
    "count",
    "found_by",
    "heads",
    "knows_any",
    "knows_host",
    "learn_name",
    "private_among",
    "repositories",
    "repository_of",
    "save",
    "search_hit_paths",
]

_KEPT = (
    "path",
    "native_id",
    "clone_url",
    "default_branch",
    "fork_of",
    "created_at",
    "pushed_at",
    "archived",
    "description",
    "private",
)


def save(
    conn: Connection, found: Sequence[Repository], now: datetime, way: Way | None = None
) -> tuple[int, ...]:
    """Insert or refresh `found`; return the ids in the same order. New ones were found by `way`.

    A native id is the identity where the host has one, and a rename updates the path; else the path
    is. A repository known by path alone takes the native id when it is learned. What the new answer
    leaves out (None) is kept. What was found under an old name is due to be judged again: somebody
    else may bear that name now.
    """
    in_turn(conn, "repositories")
    ids: list[int] = []
    for batch in batched(found):
        _adopt(conn, batch)
        known = _ids(conn, batch)
        fresh = {_place(one): one for one in batch if _find(known, one) is None}
        if fresh:
            conn.execute(repository.insert(), [_row(one, now, way) for one in fresh.values()])
        _refresh(conn, [(key, one) for one in batch if (key := _find(known, one))], now)
        known = _ids(conn, batch)
        ids += [known[_place(one)] for one in batch]
    return tuple(ids)


def _place(one: Repository) -> tuple[str, str, str]:
    """Return the identity of a repository: its host, which kind of name, the name."""
    if one.native_id is not None:
        return one.host, "native", one.native_id
    return one.host, "path", one.path


def _find(known: Mapping[tuple[str, str, str], int], one: Repository) -> int | None:
    return known.get(_place(one))


def _adopt(conn: Connection, batch: Iterable[Repository]) -> None:
    """Give the native id to the row that has only the path, unless another row has that id."""
    learned = {(one.host, one.path): one.native_id for one in batch if one.native_id is not None}
    if not learned:
        return
    nameless = repository.c.native_id.is_(None)
    place = tuple_(repository.c.host, repository.c.path)
    rows = conn.execute(
        select(repository.c.id, repository.c.host, repository.c.path).where(
            nameless, place.in_(list(learned))
        )
    ).all()
    for row_id, host, path in rows:
        native_id = learned[host, path]
        taken = select(repository.c.id).where(
            repository.c.host == host, repository.c.native_id == native_id
        )
        if conn.scalar(taken) is None:
            conn.execute(
                update(repository).where(repository.c.id == row_id).values(native_id=native_id)
            )


def _ids(conn: Connection, batch: Iterable[Repository]) -> dict[tuple[str, str, str], int]:
    """Return the ids of those of `batch` that are known, by their `_place`."""
    native = [(one.host, one.native_id) for one in batch if one.native_id is not None]
    paths = [(one.host, one.path) for one in batch if one.native_id is None]
    known: dict[tuple[str, str, str], int] = {}
    columns = (repository.c.id, repository.c.host)
    if native:
        wanted = tuple_(repository.c.host, repository.c.native_id).in_(native)
        for row_id, host, name in conn.execute(
            select(*columns, repository.c.native_id).where(wanted)
        ):
            known[host, "native", name] = row_id
    if paths:
        wanted = tuple_(repository.c.host, repository.c.path).in_(paths)
        oldest_first = select(*columns, repository.c.path).where(wanted)
        for row_id, host, name in conn.execute(oldest_first.order_by(repository.c.last_seen)):
            known[host, "path", name] = row_id
    return known


def _row(one: Repository, now: datetime, way: Way | None) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _KEPT}
    seen = {"outcome": None, "first_seen": now, "last_seen": now}
    return row | seen | {"host": one.host, "found_by": None if way is None else way.value}


def learn_name(
    conn: Connection, repository_id: int, visited: Repository, now: datetime
) -> Repository:
    """Note that a visit found the repository with this id under another name, as `save` would.

    Return it under the name that counts: the old one where another row is known by the new one.
    """
    for row in _rows(conn, [repository_id]):
        if row["native_id"] != visited.native_id:
            continue
        if visited.path != row["path"] and visited.native_id is None and _ids(conn, [visited]):
            return repository_of(row)
        if (row["path"], row["clone_url"]) != (visited.path, visited.clone_url):
            _refresh(conn, [(repository_id, visited)], now)
    return visited


def _refresh(conn: Connection, known: Sequence[tuple[int, Repository]], now: datetime) -> None:
    if not known:
        return
    held = {row["id"]: row for row in _rows(conn, [row_id for row_id, _ in known])}
    renamed = [(one.host, held[i]["path"]) for i, one in known if held[i]["path"] != one.path]
    _hunt_again(conn, renamed, now)
    for row_id, one in known:
        told = {name: value for name in _KEPT if (value := getattr(one, name)) is not None}
        changed = {name: value for name, value in told.items() if held[row_id][name] != value}
        statement = update(repository).where(repository.c.id == row_id)
        conn.execute(statement.values(**changed, last_seen=now))


def _hunt_again(conn: Connection, places: Sequence[tuple[str, str]], now: datetime) -> None:
    """Make the hunts due that move what was found at these (host, path), or take it back."""
    for some in batched(places):
        found = (
            select(finding_project.c.project)
            .join(finding, finding.c.key == finding_project.c.key)
            .where(tuple_(finding.c.host, finding.c.path).in_(some))
            .distinct()
        )
        projects = conn.scalars(found).all()
        offer(conn, [WorkItem(kind=WorkKind.HUNT, key=one, due_at=now) for one in projects], now)


def _rows(conn: Connection, ids: Iterable[int]) -> Iterator[RowMapping]:
    for some in batched(ids):
        statement = select(repository).where(repository.c.id.in_(some))
        yield from conn.execute(statement).mappings()


def repository_of(row: Mapping[str, Any] | RowMapping) -> Repository:
    """Return the value that a row of the table stands for."""
    return Repository(host=row["host"], **{name: row[name] for name in _KEPT})


def repositories(conn: Connection, ids: Collection[int]) -> Mapping[int, Repository]:
    """Return the repositories with these ids; unknown ids are left out."""
    return {row["id"]: repository_of(row) for row in _rows(conn, ids)}


def private_among(conn: Connection, ids: Collection[int]) -> frozenset[int]:
    """Return which of the repositories with these ids are read with the token of their host alone."""
    found: set[int] = set()
    for some in batched(ids):
        statement = select(repository.c.id).where(repository.c.id.in_(some), repository.c.private)
        found.update(conn.scalars(statement))
    return frozenset(found)


def heads(
    conn: Connection,
    ids: Collection[int],
    *,
    root_only: bool = False,
    parser_version: str | None = None,
) -> Mapping[str, Mapping[str, str]]:
    """Return ref -> commit per path of the repositories with these ids, as last visited.

    Meant for the `heads` of a ReadRequest: all ids of one host. A reader that looks into every folder
    must not take a head for known of which only the root was read: those come with `root_only`. With
    `parser_version` only heads that this version of the parsers has read: another one may want files
    that were left aside, so what another one read is no longer known.
    """
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    read = or_(literal(root_only), not_(head.c.root_only))
    if parser_version is not None:
        read &= head.c.parser_version == parser_version
    for some in batched(ids):
        statement = (
            select(repository.c.path, head.c.ref, head.c.commit_id)
            .join(head, head.c.repository_id == repository.c.id)
            .where(repository.c.id.in_(some), read)
        )
        for path, ref, commit in conn.execute(statement):
            found[path][ref] = commit
    return dict(found)


def add_hint(conn: Connection, repository_id: int, path: str, now: datetime) -> None:
    """Remember that a code search found a lock at `path` of this repository."""
    row = {"repository_id": repository_id, "path": path, "first_seen": now}
    insert_new(conn, hint, [row])


def found_by(conn: Connection, repository_id: int) -> Way | None:
    """Return which way named a repository first; None where that was never noted."""
    way = conn.scalar(select(repository.c.found_by).where(repository.c.id == repository_id))
    return None if way is None else Way(way)


def search_hit_paths(conn: Connection, repository_id: int) -> tuple[str, ...]:
    """Return the paths that code searches found in this repository, sorted."""
    statement = select(hint.c.path).where(hint.c.repository_id == repository_id)
    return tuple(sorted(conn.scalars(statement)))


def knows_host(conn: Connection, host: str) -> bool:
    """Say whether any repository of `host` is known."""
    rows = select(repository.c.id).where(repository.c.host == host).limit(1)
    return conn.execute(rows).first() is not None


def knows_any(conn: Connection) -> bool:
    """Say whether any repository is known."""
    return conn.execute(select(repository.c.id).limit(1)).first() is not None


def count(conn: Connection) -> int:
    """Return how many repositories are known."""
    return conn.scalar(select(func.count()).select_from(repository)) or 0
