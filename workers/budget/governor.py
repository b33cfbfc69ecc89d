"""The governor: the budget of every host, shared by all workers through the broker.

It implements `crawler.net.Budget`. Nobody sleeps for long here: an empty or blocked bucket raises
Defer, and the work is due again in the database. What a host asks for is kept in the ledger as well, so that
neither a restart nor a lost broker forgets it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog
from redis import Redis
from redis.exceptions import RedisError

from crawler.errors import Defer
from crawler.net import LONGEST_WAIT, Bucket, Quota
from workers.budget import bucket as scripts
from workers.budget.rates import MOST_RAISED, Rates
from workers.ledger.pauses import ALL_HOSTS

__all__ = [
    "PAUSED_WAIT",
    "BlockStore",
    "Breaker",
    "BucketUsage",
    "Governor",
    "RateLimitHold",
    "every_resource",
]

PAUSED_WAIT = 60.0
"""Seconds until work that met a pause is due again; nothing of it is handed out while the pause lasts."""

_PREFIX = "ghostcrawl:budget:"
_MARKER = f"{_PREFIX}known"
_NAMES = f"{_PREFIX}names"
_PAUSED = f"{_PREFIX}paused"
_BROKER_AWAY = 10.0
"""Seconds until a request is tried again that no broker could allow."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitHold:
    """A bucket that may not be used until a host's own time has come."""

    bucket: Bucket
    until: datetime
    """UTC."""
    why: str
    failures: int = 0
    """Connections that failed in a row; the next pause is longer by them. 0: the host asks to wait."""


class BlockStore(Protocol):
    """Where blocks outlive the broker; the ledger's `budget` table."""

    def on_block(self, block: RateLimitHold) -> None:
        """Keep it."""
        ...

    def blocked(self) -> Iterable[RateLimitHold]:
        """Return all blocks that still hold."""
        ...

    def paused(self) -> Mapping[str, str]:
        """Return what is told of hosts that are paused, by their names in buckets; `*` is all."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """When a host that does not answer is left alone."""

    failures: int = 5
    """Failed connections in a row, over all workers."""
    first_pause: float = 30.0
    """Seconds; doubled by each further failure."""
    longest_pause: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketUsage:
    """What a bucket has been used for since the broker began."""

    bucket: Bucket
    requests: int
    bytes_down: int
    limit: int | None
    """As the host last stated it."""
    remaining: int | None
    blocked_until: datetime | None
    why: str


def every_resource(host: str) -> Bucket:
    """Return the bucket that stands for the whole `host`, which the circuit breaker blocks."""
    return Bucket(host=host, resource="*", identity="*")


class Governor:
    """Shares the budget of each (host, resource, identity) between all workers; thread-safe."""

    def __init__(  # noqa: PLR0913 - the parts of a policy
        self,
        redis: Redis,
        ledger_sink: BlockStore | None = None,
        clock: Callable[[], datetime] | None = None,
        *,
        rates: Rates | None = None,
        breaker: Breaker | None = None,
        scale: float = 1.0,
        patience: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Govern through `redis`.

        `clock` is None for the clock of the broker, which is the same for all workers. `scale`
        makes time run faster for the demo: rates grow and waits shrink by it. A wait of up to
        `patience` seconds is slept: whoever has read half a repository would have to begin again.
        """
        self._patience, self._sleep = patience, sleep
        self._store, self._clock, self._scale = ledger_sink, clock, scale
        self._rates, self._breaker = rates or Rates(), breaker or Breaker()
        self._redis = redis
        self._spend = redis.register_script(scripts.SPEND)
        self._learn = redis.register_script(scripts.LEARN)
        self._fail = redis.register_script(scripts.FAIL)
        self._block = redis.register_script(scripts.BLOCK)
        self._forgotten = False

    def spend(self, bucket: Bucket) -> None:
        """Take one request out of `bucket`, after a short wait where that is enough.

        Raises Defer where it is empty or blocked for longer, and where the broker does not answer:
        without a budget nothing is asked.
        """
        slept = 0.0
        while True:
            try:
                seconds, why = self._ask(bucket)
            except RedisError as error:
                raise Defer(_BROKER_AWAY, f"the broker does not answer ({error})") from error
            if seconds <= 0:
                return
            if slept + seconds > self._patience:
                raise Defer(seconds, f"{bucket.host} ({bucket.resource}): {why}")
            self._sleep(seconds)
            slept += seconds

    def learn(self, bucket: Bucket, quota: Quota) -> None:
        """Correct `bucket` by what the host said; a wait blocks it, and is never shortened."""
        wait = "" if quota.wait is None else quota.wait / self._scale
        why = f"{bucket.host} asks to wait"
        name = _name(bucket)
        keys = [_key(bucket), _key(every_resource(bucket.host)), _NAMES]
        limit, remaining = _text(quota.limit), _text(quota.remaining)
        whole = "0" if quota.broken else "1"
        arguments = [self._now(), quota.bytes_down, limit, remaining, wait, why, name, whole]
        try:
            until = float(self._learn(keys=keys, args=arguments))
        except RedisError as error:
            # The answer is there and is used; only the count of it is lost, and a wait is kept.
            _log.warning("budget not counted", host=bucket.host, error=str(error))
            self._forgotten = True
            until = 0.0 if quota.wait is None else datetime.now(UTC).timestamp() + float(wait)
        self._keep(bucket, until, why)

    def failed(self, bucket: Bucket, why: str) -> None:
        """Count a connection that failed; after some in a row the host is left alone for a while."""
        rule, whole = self._breaker, every_resource(bucket.host)
        why = f"{bucket.host} does not answer: {why}"[:200]
        first, longest = rule.first_pause / self._scale, rule.longest_pause / self._scale
        try:
            until, failures = self._fail(
                keys=[_key(whole)], args=[self._now(), rule.failures, first, longest, why]
            )
        except RedisError as error:
            _log.warning("failure not counted", host=bucket.host, error=str(error))
            return
        self._keep(whole, float(until), why, int(failures))

    def restore(self) -> None:
        """Tell the broker which blocks and pauses the ledger has; raises RedisError.

        Whoever changes a pause calls this: every worker obeys before its next request.
        """
        self._tell_pauses()
        for block in self._store.blocked() if self._store is not None else ():
            self._block(
                keys=[_key(block.bucket), _NAMES],
                args=[block.until.timestamp(), block.why, _name(block.bucket), block.failures],
            )
        self._redis.set(_MARKER, "1")
        self._forgotten = False

    def _tell_pauses(self) -> None:
        """Tell the broker of the pauses; again, where somebody has changed them meanwhile."""
        told, paused = None, self._paused()
        while told != paused:
            with self._redis.pipeline() as both:
                both.delete(_PAUSED)
                for name, why in paused.items():
                    both.hset(_PAUSED, name, why)
                both.execute()
            told, paused = paused, self._paused()

    def _paused(self) -> Mapping[str, str]:
        return {} if self._store is None else self._store.paused()

    def usage(self) -> tuple[BucketUsage, ...]:
        """Return the counts of all buckets, by host, resource and identity; raises RedisError."""
        names = sorted(_decoded(name) for name in self._redis.smembers(_NAMES))
        return tuple(self._usage_of(name) for name in names)

    def _ask(self, bucket: Bucket) -> tuple[float, str]:
        if self._forgotten:
            self.restore()
        rate = self._rates.of(bucket)
        keys = [_key(bucket), _key(every_resource(bucket.host)), _MARKER, _NAMES, _PAUSED]
        per_second = rate.per_second * self._scale
        believed = [rate.limit or 0, MOST_RAISED, LONGEST_WAIT]
        pause: list[str | float] = [bucket.host, ALL_HOSTS, PAUSED_WAIT]
        spent = [self._now(), rate.burst, per_second, _name(bucket)]
        arguments: list[str | float] = [*spent, *believed, *pause]
        seconds, why = self._spend(keys=keys, args=arguments)
        if float(seconds) < 0:
            self.restore()
            seconds, why = self._spend(keys=keys, args=arguments)
        return abs(float(seconds)), _decoded(why)

    def _keep(self, bucket: Bucket, until: float, why: str, failures: int = 0) -> None:
        if until > 0 and self._store is not None:
            moment = datetime.fromtimestamp(until, UTC)
            self._store.on_block(
                RateLimitHold(bucket=bucket, until=moment, why=why, failures=failures)
            )

    def _now(self) -> float | str:
        return "" if self._clock is None else self._clock().timestamp()

    def _usage_of(self, name: str) -> BucketUsage:
        raw = self._redis.hgetall(f"{_PREFIX}{name}")
        found = {_decoded(key): _decoded(value) for key, value in raw.items()}
        host, resource, identity = json.loads(name)
        until = found.get("until")
        return BucketUsage(
            bucket=Bucket(host=host, resource=resource, identity=identity),
            requests=int(found.get("requests", 0)),
            bytes_down=int(found.get("bytes", 0)),
            limit=int(found["limit"]) if "limit" in found else None,
            remaining=int(found["remaining"]) if "remaining" in found else None,
            blocked_until=datetime.fromtimestamp(float(until), UTC) if until else None,
            why=found.get("why", ""),
        )


def _name(bucket: Bucket) -> str:
    return json.dumps([bucket.host, bucket.resource, bucket.identity])


def _key(bucket: Bucket) -> str:
    return f"{_PREFIX}{_name(bucket)}"


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _decoded(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
