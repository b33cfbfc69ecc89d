from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis

from crawler.errors import Defer
from crawler.net import Bucket, Quota
from tests.servers.ledgers import new_ledger
from workers.budget.governor import Governor
from workers.budget.holds import LedgerBlocks

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
