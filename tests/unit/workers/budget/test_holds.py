from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from crawler.errors import Defer
from crawler.net import Bucket, Quota
from tests.servers.ledgers import new_ledger
from workers.budget.governor import Governor
from workers.budget.holds import LedgerBlocks, PausesOnly
from workers.ledger import pauses

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BUCKET = Bucket(host="forge.example", resource="api")


def test_a_block_outlives_the_broker_and_the_process(redis: Redis, tmp_path: Path) -> None:
    ledger = new_ledger(tmp_path / "ledger.sqlite")
    Governor(redis, LedgerBlocks(ledger, lambda: NOW), lambda: NOW).learn(BUCKET, Quota(wait=300))
    redis.flushall()
    governor = Governor(redis, LedgerBlocks(ledger, lambda: NOW), lambda: NOW)

    try:
        governor.spend(BUCKET)
    except Defer as defer:
        seconds = defer.seconds
    (usage,) = governor.usage()
    ledger.close()

    assert seconds == 300
    assert usage.blocked_until == NOW + timedelta(seconds=300)


def test_a_pause_holds_for_every_name_of_its_host(tmp_path: Path) -> None:
    ledger = new_ledger(tmp_path / "ledger.sqlite")
    names = {"forge": {"forge", "forge.example", "api.forge.example"}}
    blocks = LedgerBlocks(ledger, lambda: NOW, lambda host: names.get(host, {host}))

    with ledger.write() as conn:
        pauses.pause(conn, "forge", "they asked for it", NOW)
    paused = blocks.paused()
    ledger.close()

    told = "paused (they asked for it); `ghostcrawl hosts resume forge` goes on"
    assert paused == dict.fromkeys(names["forge"], told)


def test_a_client_without_budgets_asks_no_host_that_is_paused(tmp_path: Path) -> None:
    ledger = new_ledger(tmp_path / "ledger.sqlite")
    budget = PausesOnly(LedgerBlocks(ledger, lambda: NOW))
    budget.spend(BUCKET)

    with ledger.write() as conn:
        pauses.pause(conn, "forge.example", "they asked for it", NOW)
    budget.spend(Bucket(host="git.example"))
    with pytest.raises(
        Defer, match=r"paused \(they asked for it\); `ghostcrawl hosts resume forge"
    ):
        budget.spend(BUCKET)
    with ledger.write() as conn:
        pauses.pause(conn, pauses.ALL_HOSTS, "maintenance", NOW)
    with pytest.raises(Defer, match=r"all hosts are paused \(maintenance\)"):
        budget.spend(Bucket(host="git.example"))
    ledger.close()
