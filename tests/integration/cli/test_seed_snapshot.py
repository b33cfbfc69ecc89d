"""`seed export` on a machine that polls, `seed import` on one that does not."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.model import Ecosystem, ProjectKey
from feeds.interface import FeedPage, PollRequest
from tests.contract.ledger.samples import record, said
from tests.servers.keys import KeyPair, key_pair
from tests.servers.lure import GHOST_LOCK, write_feed
from tests.servers.terminal import OFFLINE, Terminal
from workers.ledger.ledger import Ledger
from workers.steps.poll import poll

kinds = pytest.mark.parametrize("kind", ["ssh", "minisign"])


ACCUSED = record(
    said(project=ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost-lure"), version="1.0.0")
)


class Feed:
    """A feed of the network that calls the release of the lure malicious."""

    name = "osv-mal"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        del request
        yield FeedPage(records=(ACCUSED,), cursor="1")


def poller(folder: Path, configuration: str = "", *, hours_ago: float = 0) -> Terminal:
    """Return a user who has polled the feed so many hours ago."""
    user = Terminal.at(folder, OFFLINE + configuration)
    user.state.mkdir(parents=True)
    now = datetime.now(UTC) - timedelta(hours=hours_ago)
    with closing(Ledger.open(user.ledger_url)) as ledger:
        ledger.upgrade()
        for _ in poll(ledger, Feed(), lambda: now):
            pass
    return user


def signing(key: KeyPair) -> str:
    return f'[feeds]\nsnapshot_signing_key = "{key.secret}"\n'


def trusting(key: KeyPair) -> str:
    return f'[feeds]\nsnapshot_public_keys = "{key.public}"\n'


def tables(user: Terminal) -> dict[str, int]:
    """Return how many rows the tables have that an import writes."""
    named = ("assertion", "verdict", "record", "work", "feed_poll", "feed_cursor")
    with closing(sqlite3.connect(user.state / "ledger.sqlite")) as conn:
        return {name: conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in named}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout/uv.lock").write_bytes(GHOST_LOCK)
    return tmp_path / "checkout"


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """An unsigned snapshot of a moment ago."""
    file = tmp_path / "snapshot"
    assert poller(tmp_path / "poller")("seed", "export", str(file)).code == 0
    return file


def test_a_machine_that_polls_nobody_finds_what_another_one_has_learned(
    terminal: Terminal, snapshot: Path, lock: Path
) -> None:
    before = terminal("scan", str(lock))
    imported = terminal("seed", "import", str(snapshot))
    after = terminal("scan", str(lock), "--fail-on", "possible")

    assert (before.code, imported.code, after.code) == (5, 0, 1)
    assert imported.out == ""
    assert "osv-mal: 1 record, last answer 0 min ago" in imported.err
    assert "verdicts of 1 project changed" in imported.err
    assert "the signature is not checked: feeds.snapshot_public_keys is not set" in imported.err


def test_an_export_says_what_it_holds_and_what_not(tmp_path: Path) -> None:
    user = poller(tmp_path / "poller")
    user("seed", "--from", write_feed(tmp_path / "own.jsonl"))

    ran = user("seed", "export", str(tmp_path / "snapshot"))

    assert (ran.code, ran.out) == (0, "")
    assert "snapshot: 1 record of 1 feed, " in ran.err
    assert " bytes, not signed" in ran.err
    assert "left out: 0 entries of the journal" in ran.err
    assert "1 feed that was read from files of this machine" in ran.err
    assert b"own.jsonl" not in (tmp_path / "snapshot").read_bytes()


def test_the_age_of_the_feeds_comes_along(terminal: Terminal, tmp_path: Path) -> None:
    old = poller(tmp_path / "poller", hours_ago=73)
    old("seed", "export", str(tmp_path / "snapshot"))
    (tmp_path / "clean").mkdir()

    imported = terminal("seed", "import", str(tmp_path / "snapshot"))
    scanned = terminal("scan", str(tmp_path / "clean"))

    assert imported.code == 0
    assert "osv-mal: 1 record, last answer 3 d ago" in imported.err
    assert scanned.code == 5
    assert "stale feeds, by their last answer: osv-mal (3 d ago)" in scanned.err


def test_importing_twice_changes_nothing(terminal: Terminal, snapshot: Path) -> None:
    terminal("seed", "import", str(snapshot))
    before = tables(terminal)

    again = terminal("seed", "import", str(snapshot))

    assert again.code == 0
    assert "osv-mal: as much or more is known here, nothing was taken" in again.err
    assert tables(terminal) == before


@kinds
def test_a_signed_snapshot_is_taken_by_who_trusts_its_key(kind: str, tmp_path: Path) -> None:
    key, file = key_pair(kind, tmp_path / "keys"), tmp_path / "snapshot"
    reader = Terminal.at(tmp_path / "reader", OFFLINE + trusting(key))

    exported = poller(tmp_path / "poller", signing(key))("seed", "export", str(file))
    imported = reader("seed", "import", str(file))

    assert (exported.code, imported.code) == (0, 0)
    assert f"signed by a key of {kind}" in exported.err
    assert "not checked" not in imported.err
    assert "verdicts of 1 project changed" in imported.err


@kinds
@pytest.mark.parametrize("fault", ["unsigned", "of another key", "changed", "of other content"])
def test_a_snapshot_that_nobody_trusted_has_signed_is_refused_and_nothing_is_written(
    kind: str, fault: str, tmp_path: Path
) -> None:
    key, other = key_pair(kind, tmp_path / "keys"), key_pair(kind, tmp_path / "keys", "other")
    file, second = tmp_path / "snapshot", tmp_path / "second"
    used = {"unsigned": "", "of another key": signing(other)}.get(fault, signing(key))
    poller(tmp_path / "poller", used)("seed", "export", str(file))
    header, _, payload = file.read_bytes().partition(b"\n")
    if fault == "changed":
        file.write_bytes(header + b"\n" + payload[:-1] + b"x")
    if fault == "of other content":
        poller(tmp_path / "liar")("seed", "export", str(second))
        stated, _, lie = second.read_bytes().partition(b"\n")
        forged = json.loads(stated) | {"signature": json.loads(header)["signature"]}
        file.write_bytes(json.dumps(forged).encode() + b"\n" + lie)
    reader = Terminal.at(tmp_path / "reader", OFFLINE + trusting(key))
    reader("status")
    before = tables(reader)

    ran = reader("seed", "import", str(file))

    assert (ran.code, ran.out) == (5, "")
    assert "othing was changed" in ran.err
    assert tables(reader) == before


def test_a_key_that_is_not_there_is_a_wrong_setting(tmp_path: Path, snapshot: Path) -> None:
    missing = KeyPair(secret=tmp_path / "none", public=tmp_path / "none.pub")
    signer = poller(tmp_path / "signer", signing(missing))
    reader = Terminal.at(tmp_path / "reader", OFFLINE + trusting(missing))

    exported = signer("seed", "export", str(tmp_path / "second"))
    imported = reader("seed", "import", str(snapshot))

    assert (exported.code, imported.code) == (4, 4)
    assert not (tmp_path / "second").exists()


def test_who_has_learned_nothing_has_nothing_to_export(terminal: Terminal, tmp_path: Path) -> None:
    ran = terminal("seed", "export", str(tmp_path / "snapshot"))

    assert ran.code == 5
    assert "nothing to export; run `ghostcrawl seed --from all` first" in ran.err
    assert not (tmp_path / "snapshot").exists()


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"schema": "x"}\n', b"\x1f\x8b"])
def test_a_file_that_is_no_snapshot_is_refused(
    content: bytes, terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "snapshot").write_bytes(content)

    ran = terminal("seed", "import", str(tmp_path / "snapshot"))

    assert ran.code == 5
    assert "is not a snapshot" in ran.err


@pytest.mark.parametrize(
    "words",
    [
        ["seed"],
        ["seed", "export"],
        ["seed", "import"],
        ["seed", "--from", "all", "export", "file"],
        ["seed", "export", "a", "b"],
        ["seed", "exports", "file"],
    ],
)
def test_wrong_words_end_with_2(words: list[str], terminal: Terminal) -> None:
    assert terminal(*words).code == 2
