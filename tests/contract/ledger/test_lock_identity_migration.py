"""A ledger in which a blob was one lock, whatever its names, learns which lock it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from crawler.model import LockId
from tests.contract.ledger.older import make_schema
from tests.contract.ledger.samples import finding, sighting
from tests.servers.postgres import Postgres
from workers.ledger import frontier, locks, sightings
from workers.ledger.ledger import Ledger
from workers.values import encode

_NOON = "2026-03-01T12:00:00.000000Z"
_UV, _NONE, _PEX, _BOTH, _LATIN = (digit * 40 for digit in "12345")
_PLACES = (
    (1, _UV, "uv.lock"),
    (2, _UV, "Scarb.lock"),
    (3, _NONE, "Scarb.lock"),
    (3, _PEX, "3rdparty/default.lock"),
    (4, _BOTH, "pex.lock"),
    (4, _BOTH, "default.lock"),
    (5, _LATIN, "caf\U0010f8e9/uv.lock"),  # as the columns write an undecodable byte
)
_FORMATS = {_UV: "uv", _NONE: "unknown", _PEX: "pex", _BOTH: "pex", _LATIN: "uv"}
_BEFORE = ("0002", "0003", "0004", "0005", "0006")


@pytest.fixture(
    scope="module",
    params=[(kind, revision) for kind in ("sqlite", "postgresql") for revision in _BEFORE],
    ids=" from ".join,
)
def old(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """A ledger that had this revision, and was brought up to date."""
    kind, revision = request.param
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('old') / 'ledger.db'}"
    else:
        server: Postgres = request.getfixturevalue("server")
        url = server.url(server.database())
    ledger = Ledger.open(url)
    _at(ledger, revision)
    ledger.upgrade()
    yield ledger
    ledger.close()


def _at(ledger: Ledger, revision: str) -> None:
    """Give `ledger` the schema of `revision`, and what was known then."""
    with ledger.write() as conn:
        make_schema(conn, revision)
        _fill(conn, "open" if revision < "0006" else "new")
        if revision >= "0004":
            conn.execute(text("UPDATE head SET parser_version = '0.1.0/4'"))


def _fill(conn: Connection, state: str) -> None:
    for number in range(1, 6):
        conn.execute(
            text(
                "INSERT INTO repository (id, host, path, clone_url, archived, first_seen, last_seen)"
                f" VALUES ({number}, 'git.example', 'acme/{number}', 'https://git.example/{number}',"
                f" false, '{_NOON}', '{_NOON}')"
            )
        )
        conn.execute(
            text(
                "INSERT INTO head (repository_id, ref, commit_id, is_default, root_only)"
                f" VALUES ({number}, 'refs/heads/main', '{'c' * 40}', true, false)"
            )
        )
    for number, (repository_id, oid, path) in enumerate(_PLACES, start=1):
        conn.execute(
            text(
                "INSERT INTO sighting"
                " (id, repository_id, oid, path, ref, commit_id, first_seen, last_seen)"
                f" VALUES ({number}, {repository_id}, '{oid}', '{path}', 'refs/heads/main',"
                f" '{'c' * 40}', '{_NOON}', '{_NOON}')"
            )
        )
    for number, (oid, lock_format) in enumerate(_FORMATS.items(), start=1):
        conn.execute(
            text(
                "INSERT INTO lock"
                " (id, oid, format, size, sha256, readable, parser_version, blocks, read_at)"
                f" VALUES ({number}, '{oid}', '{lock_format}', 3, '{'d' * 64}', 'fully', '0.1.0/4',"
                " :blocks, :now)"
            ),
            {"blocks": b"", "now": _NOON},
        )
        conn.execute(
            text(
                "INSERT INTO lock_skipped (lock_id, position, context, reason)"
                f" VALUES ({number}, 0, 'package[3]', 'no name')"
            )
        )
    for key, path in (("f1", "uv.lock"), ("f2", "Scarb.lock"), ("f3", "a/default.lock")):
        of_lock = replace(finding(key), sighting=sighting(_UV, path=path))
        found = replace(of_lock, format="pex") if key == "f3" else of_lock
        conn.execute(
            text(
                "INSERT INTO finding (key, host, path, lock_path, oid, tier, confidence, state,"
                f" first_seen, last_seen, run_id, body) VALUES ('{key}', 'git.example', 'acme/app',"
                f" '{path}', '{_UV}', 'A', 'confirmed', '{state}', '{_NOON}', '{_NOON}', 'r', :body)"
            ),
            {"body": encode(found)},
        )


def test_every_lock_keeps_what_is_known_of_it_under_the_name_that_it_was_read_by(
    old: Ledger,
) -> None:
    old.check()
    expected = {
        LockId(oid=_UV, reading="uv"),
        LockId(oid=_NONE, reading="by-content"),
        LockId(oid=_PEX, reading="by-content"),
        LockId(oid=_BOTH, reading="pex"),
        LockId(oid=_LATIN, reading="uv"),
    }
    readings = ("uv", "by-content", "pex", "unknown")
    asked = [LockId(oid=oid, reading=reading) for oid in _FORMATS for reading in readings]

    with old.read() as conn:
        known = locks.known(conn, asked, "0.1.0/4")
        kept = [locks.read_lock(conn, one) for one in sorted(known)]

    assert known == expected
    assert [one and [s.reason for s in one.result.skipped] for one in kept] == [["no name"]] * 5


def test_a_place_whose_name_is_read_otherwise_has_no_known_lock(old: Ledger) -> None:
    with old.read() as conn:
        seen = [
            (one.repository.path, one.sighting.path)
            for one in sightings.of_locks(conn, [LockId(oid=_UV, reading="uv")])
        ]
        left = {(one.repository, one.where) for one in locks.unread(conn)}

    assert seen == [("acme/1", "uv.lock")]
    assert ("acme/2", "Scarb.lock: package[3]") not in left
    assert ("acme/1", "uv.lock: package[3]") in left


def test_what_was_found_by_reading_a_lock_as_what_its_name_does_not_say_is_taken_back(
    old: Ledger,
) -> None:
    with old.read() as conn:
        states = conn.execute(text("SELECT key, state FROM finding ORDER BY key")).all()
        events = conn.execute(text("SELECT key, event, code, text FROM finding_event")).all()

    assert [tuple(row) for row in states] == [("f1", "new"), ("f2", "retracted"), ("f3", "new")]
    assert [tuple(row) for row in events] == [
        ("f2", "retracted", "misread", "its lock was read as uv, but its name says other-lock")
    ]


def test_heads_with_a_lock_that_was_read_as_another_are_to_be_read_again(old: Ledger) -> None:
    with old.read() as conn:
        heads = frontier.heads(conn, range(1, 6), parser_version="0.1.0/4")

    assert heads.keys().isdisjoint({"acme/2", "acme/4"})
