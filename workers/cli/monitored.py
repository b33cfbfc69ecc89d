"""What `run` and `worker` show while they run, where `--metrics` names an address."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.cli.session import Session
    from workers.monitoring.health import Health
    from workers.monitoring.ledger_gauges import LedgerGauges
    from workers.monitoring.metrics import ProcessMetrics

__all__ = ["cluster_gauges", "count", "showing"]


def count(session: Session) -> ProcessMetrics | None:
    """Begin to log as the settings say, and to count where an address is set."""
    from workers import telemetry

    wiring, metrics = session.wiring, None
    if session.settings.metrics:
        from workers.monitoring.metrics import ProcessMetrics

        metrics = ProcessMetrics()
        wiring.requested = metrics.requested
    telemetry.configure(
        style=telemetry.LogStyle(session.settings.log_format),
        secrets=wiring.secrets,
        seen=(lambda _: None) if metrics is None else metrics.logged,
    )
    return metrics


def cluster_gauges(session: Session) -> LedgerGauges:
    """Return what the dispatcher shows of the whole cluster."""
    from workers.monitoring.ledger_gauges import LedgerGauges

    wiring = session.wiring
    return LedgerGauges(wiring.ledger, wiring.clock, wiring.governor.usage)


@contextmanager
def showing(session: Session, metrics: ProcessMetrics | None, health: Health) -> Iterator[None]:
    """Answer at the address of the settings while the block runs; without `metrics` do nothing."""
    if metrics is None:
        yield
        return
    from workers.monitoring.server import serving

    host, _, port = session.settings.metrics.rpartition(":")
    with serving((host, int(port)), metrics.registry, health):
        yield
