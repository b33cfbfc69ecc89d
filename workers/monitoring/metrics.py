"""What a process has done, as Prometheus counts it; what holds for the whole cluster is in `ledger_gauges`.

Turns come from the turn loop, requests from the HTTP client, all else from the lines of the log: what is
logged once is counted once, and nothing that a step does needs a second call. Labels are of closed
sets, but for hosts and feeds, which are configured, and the event of a line, which is a constant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

if TYPE_CHECKING:
    from workers.dispatch.turns import TurnEnded

__all__ = ["ProcessMetrics"]

_MOST_HOSTS = 500
"""Labels that one process shows; the hosts after them are shown together."""
_OTHER = "other"
_LOUD = frozenset({"warning", "error", "critical"})
_TURN_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 20, 60, 300)


class ProcessMetrics:
    """The counters of one process; thread-safe."""

    def __init__(self) -> None:
        """Begin at zero, with the memory, descriptors and processor time of the process beside them."""
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._hosts: set[str] = set()
        self._turns = Counter(
            "ghostcrawl_turns", "Turns that ended.", ("pool", "lost"), registry=registry
        )
        self._turn_seconds = Histogram(
            "ghostcrawl_turn_seconds", "How long turns lasted.", ("pool",),
            buckets=_TURN_SECONDS, registry=registry,
        )  # fmt: skip
        self._items = Counter(
            "ghostcrawl_work_begun", "Pieces of work begun.", ("kind",), registry=registry
        )
        self._requests = Counter(
            "ghostcrawl_requests",
            "Requests by host and how they ended: class of the status, 429, wait (not sent) or failed.",
            ("host", "outcome"), registry=registry,
        )  # fmt: skip
        self._visits = Counter(
            "ghostcrawl_visits", "Visits of repositories.", ("host", "outcome"), registry=registry
        )
        self._polls = Counter(
            "ghostcrawl_polls", "Polls of feeds.", ("feed", "outcome"), registry=registry
        )
        self._findings = Counter(
            "ghostcrawl_finding_changes", "Findings that began or ceased to hold.", ("change",),
            registry=registry,
        )  # fmt: skip
        self._faults = Counter(
            "ghostcrawl_faults", "Work that did not come to its end, by kind, error and what follows.",
            ("kind", "error", "then"), registry=registry,
        )  # fmt: skip
        self._lines = Counter(
            "ghostcrawl_log_warnings", "Lines of the log at warning and above.",
            ("event", "level"), registry=registry,
        )  # fmt: skip

    def turn_ended(self, turn: TurnEnded) -> None:
        """Count a turn."""
        pool = "git" if turn.lane.startswith("git:") else "api"
        self._turns.labels(pool, str(turn.is_lost).lower()).inc()
        self._turn_seconds.labels(pool).observe(turn.seconds)
        for kind, count in turn.items.items():
            self._items.labels(kind.value).inc(count)

    def requested(self, host: str, outcome: str) -> None:
        """Count a request to `host`; see `crawler.net.client.Http`."""
        self._requests.labels(self._host(host), outcome).inc()

    def logged(self, line: Mapping[str, object]) -> None:
        """Count a line of the log, already clean; docs/operating.md lists the fields."""
        level, event = str(line.get("level")), str(line.get("event"))
        match event:
            case "visit":
                host, outcome = str(line.get("host")), str(line.get("outcome"))
                self._visits.labels(self._host(host), outcome).inc()
            case "poll":
                self._polls.labels(str(line.get("feed")), str(line.get("outcome"))).inc()
            case "finding":
                self._findings.labels(str(line.get("change"))).inc()
            case "fault":
                labels = (str(line.get(name)) for name in ("kind", "error", "then"))
                self._faults.labels(*labels).inc()
            case _ if level in _LOUD:
                # Libraries write what they like into their lines; ours begin with a constant.
                ours = str(line.get("logger", "")).startswith(("workers.", "crawler.", "feeds."))
                self._lines.labels(event if ours else "of a library", level).inc()
            case _:
                pass

    def _host(self, name: str) -> str:
        if name not in self._hosts and len(self._hosts) >= _MOST_HOSTS:
            return _OTHER
        self._hosts.add(name)
        return name
