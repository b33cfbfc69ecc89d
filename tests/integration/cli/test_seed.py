from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from tests.servers.lure import row, write_feed
from tests.servers.terminal import OFFLINE, Terminal
from workers.clock import utc_now
from workers.demo.loopback import Server
from workers.demo.web import Request, Response
from workers.ledger.ledger import Ledger
from workers.ledger.work import WorkItem, WorkKind, offer, turns

ROWS = tuple(row(record_id=f"DEMO-{n}", name=f"zz-ghost-{n:02}") for n in range(10))


def counts(terminal: Terminal) -> dict[str, int]:
    """Return how many rows the tables have that a feed writes."""
    with sqlite3.connect(terminal.state / "ledger.sqlite") as conn:
        return {
            table: conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("assertion", "verdict", "record", "work")
        }


def test_seeding_twice_from_the_same_file_changes_nothing(
    terminal: Terminal, tmp_path: Path
) -> None:
    word = write_feed(tmp_path / "feed.jsonl")

    first = terminal("seed", "--from", word)
    before = counts(terminal)
    second = terminal("seed", "--from", word)

    assert (first.code, second.code) == (0, 0)
    assert "1 record, verdicts of 1 project changed" in first.err
    assert "0 records, verdicts of 0 projects changed" in second.err
    assert counts(terminal) == before


def test_nothing_goes_to_stdout_unless_json_is_asked_for(
    terminal: Terminal, tmp_path: Path
) -> None:
    word = write_feed(tmp_path / "feed.jsonl")

    told = terminal("seed", "--from", word)
    machine = terminal("seed", "--from", word, "--format", "jsonl")

    assert told.out == ""
    assert machine.rows == [
        {"feed": word, "records": 0, "changed": 0, "skipped": 0},
        {"hunt": {"projects": 0, "locks": 0, "new": 0, "reopened": 0, "retracted": 0}},
    ]


def test_a_row_that_cannot_be_read_is_named_and_the_rest_is_taken(
    terminal: Terminal, tmp_path: Path
) -> None:
    word = write_feed(tmp_path / "feed.jsonl", row(), row(name="..", record_id="DEMO-2"))

    ran = terminal("seed", "--from", word)

    assert "1 record, verdicts of 1 project changed, 1 skipped" in ran.err
    assert " line 2: name: invalid project name '..'" in ran.err


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"<!doctype html><title>sign in</title>", "a web page instead of data"),
        (b'{"claim": "malic', "none of 1 rows could be read"),
        (b"\x1f\x8b\x08\x00torn", "not readable to the end"),
    ],
)
def test_a_file_that_is_no_feed_is_refused_with_5(
    content: bytes, problem: str, seeded: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "feed.jsonl").write_bytes(content)
    before = counts(seeded)

    ran = seeded("seed", "--from", f"file:{tmp_path / 'feed.jsonl'}")

    assert (ran.code, ran.out) == (5, "")
    assert problem in ran.err
    assert counts(seeded) == before


def test_a_feed_that_shrinks_is_refused_until_a_person_accepts_it(
    terminal: Terminal, tmp_path: Path
) -> None:
    word = write_feed(tmp_path / "feed.jsonl", *ROWS)
    terminal("seed", "--from", word)
    before = counts(terminal)
    write_feed(tmp_path / "feed.jsonl", *ROWS[:8])

    refused = terminal("seed", "--from", word)
    unchanged = counts(terminal)
    accepted = terminal("seed", "--from", word, "--accept-change")

    assert refused.code == 5
    assert "shrank from 10 to 8; nothing was changed" in refused.err
    assert "--accept-change" in refused.err
    assert unchanged == before
    assert accepted.code == 0
    assert "verdicts of 2 projects changed" in accepted.err


def test_ghosts_list_shows_what_was_removed_and_who_says_so(seeded: Terminal) -> None:
    people = seeded("ghosts", "list")
    machine = seeded("ghosts", "list", "--format", "jsonl")

    assert "DEMO-1" in people.out
    (verdict,) = machine.rows
    assert (verdict["name"], verdict["state"], verdict["level"]) == (
        "zz-ghost-lure",
        "malicious",
        "file",
    )


def test_ghosts_show_explains_a_verdict_with_its_sources(seeded: Terminal) -> None:
    people = seeded("ghosts", "show", "ZZ_Ghost.Lure@1.0")
    machine = seeded("ghosts", "show", "zz-ghost-lure", "--format", "json")

    assert "malicious since 2026-06-05" in people.out
    assert "(found by demo-inspector)" in people.out
    (document,) = machine.rows
    assert document["assertions"][0]["record_id"] == "DEMO-1"
    assert document["verdicts"][0]["explicit"] is True


def test_ghosts_show_says_that_nobody_says_anything(seeded: Terminal) -> None:
    ran = seeded("ghosts", "show", "zz-ghost-plain")

    assert (ran.code, ran.out) == (2, "")
    assert "pypi/zz-ghost-plain: no feed says anything about it" in ran.err


@pytest.mark.parametrize("style", ["text", "json"])
def test_ghosts_show_of_a_misspelt_name_ends_with_2_and_names_the_nearest(
    seeded: Terminal, style: str
) -> None:
    ran = seeded("ghosts", "show", "zz-gohst-lure", "--format", style)

    assert (ran.code, ran.out) == (2, "")
    assert "did you mean zz-ghost-lure?" in ran.err


def test_feeds_list_says_when_each_feed_answered_last(seeded: Terminal) -> None:
    ran = seeded("feeds", "list", "--format", "jsonl")

    (feed,) = [row for row in ran.rows if row["checked_at"] is not None]
    assert feed["feed"].startswith("file:")
    assert feed["records"] == 1


def test_feeds_list_names_the_configured_sources_that_were_never_asked(seeded: Terminal) -> None:
    ran = seeded("feeds", "list", "--format", "jsonl")

    never = {row["feed"]: row["source"] for row in ran.rows if row["checked_at"] is None}
    assert never["pypi-journal"] == "quarantine-feed"
    assert never["osv-mal"] == "osv-mal"


GITHUB = """
[hosts."github.example"]
kind = "github"
web_url = "https://github.example"
api_url = "https://github.example/api"
[network.connect_to]
"github.example" = "{address}"
"""
LANE = "api:github.example"


def of_github(terminal: Terminal, server: Server) -> None:
    text = OFFLINE + GITHUB.format(address=server.base_url)
    (terminal.folder / "ghostcrawl.toml").write_text(text, "utf-8")


def whose_turn(terminal: Terminal) -> list[tuple[object, ...]]:
    with sqlite3.connect(terminal.state / "ledger.sqlite") as conn:
        return conn.execute("SELECT key, turn_until IS NOT NULL, open FROM lane").fetchall()


def test_nobody_else_has_the_turn_of_a_github_while_its_advisories_are_asked_for(
    terminal: Terminal,
) -> None:
    asked: list[list[tuple[object, ...]]] = []

    def answer(_: Request) -> Response:
        asked.append(whose_turn(terminal))
        return Response(body=b"[]")

    with Server({"github.example": answer}) as server:
        of_github(terminal, server)
        ran = terminal("seed", "--from", "ghsa-malware", "--accept-change")

    assert (ran.code, len(asked)) == (0, 1), ran.err
    assert all((LANE, 1, 0) in lanes for lanes in asked)
    assert (LANE, 0, 0) in whose_turn(terminal)


def test_while_a_worker_asks_a_github_its_advisories_are_not_asked_for_beside_it(
    terminal: Terminal, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        return Response(body=b"[]")

    with Server({"github.example": answer}) as server:
        of_github(terminal, server)
        assert terminal("seed", "--from", "ghsa-malware", "--accept-change").code == 0
        asked.clear()
        ledger = Ledger.open(terminal.ledger_url)
        ledger.transaction(lambda conn: turns.reserve(conn, "a worker", LANE, utc_now()))
        ledger.close()
        ran = terminal("seed", "--from", f"ghsa-malware,{write_feed(tmp_path / 'feed.jsonl')}")

    assert (ran.code, asked) == (3, [])
    assert "github.example is being asked by a `run` or `crawl`" in ran.err
    assert "1 record, verdicts of 1 project changed" in ran.err


LOST = timedelta(seconds=turns.TURN_SECONDS)
NEXT = {"link": '<https://github.example/api/advisories?after=two>; rel="next"'}


def test_a_seed_that_stood_still_for_longer_than_its_turn_asks_github_nothing_more(
    terminal: Terminal,
) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        """Answer when the process goes on again; a worker has taken the turn meanwhile."""
        asked.append(request.path)
        ledger = Ledger.open(terminal.ledger_url)
        later = utc_now() + LOST
        ledger.transaction(lambda conn: turns.reserve(conn, "a worker", LANE, later))
        ledger.close()
        return Response(headers=NEXT, body=b"[]")

    with Server({"github.example": answer}) as server:
        of_github(terminal, server)
        ran = terminal("seed", "--from", "ghsa-malware", "--accept-change")

    assert (ran.code, len(asked)) == (3, 1)
    assert "github.example is asked no further: this process stood still" in ran.err
    assert "what came before is kept, run it again to go on" in ran.err


def test_work_done_alone_asks_nothing_more_once_the_turn_of_who_began_it_is_lost(
    terminal: Terminal,
) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        ledger.transaction(lambda conn: turns.reserve(conn, "other", LANE, utc_now() + LOST))
        return Response(headers=NEXT, body=b"[]")

    with Server({"github.example": answer}) as server:
        of_github(terminal, server)
        terminal("status")
        ledger, now = Ledger.open(terminal.ledger_url), utc_now()
        poll = WorkItem(kind=WorkKind.POLL, key="ghsa-malware", host="github.example", due_at=now)
        with ledger.write() as conn:
            offer(conn, [poll], now)
        with ledger.write() as conn:
            turn = turns.take(conn, "stopped", now, key=LANE)
            assert turn is not None
            (item,) = turns.begin(conn, turn, WorkKind.POLL, 1, now) or ()
        alone = ("--alone", str(item.id), "--fence", str(item.fence))
        ran = terminal.process("worker", "-Q", "api", *alone)
        ledger.close()

    assert (ran.code, len(asked)) == (0, 1), ran.err
