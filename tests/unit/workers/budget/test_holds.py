from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from redis import Redis

from crawler.errors import Defer
from crawler.net import Bucket, Quota
from workers.budget.governor import Governor
from workers.budget.holds import LedgerBlocks
from workers.ledger.ledger import Ledger

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BUCKET = Bucket(host="forge.example", resource="api")


def test_a_block_outlives_the_broker_and_the_process(redis: Redis, tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    ledger.upgrade()
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
