"""Reports: what waits to be sent, what was sent, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import CaseClass, CaseState
from workers.census.section import without_holes
from workers.console.interface import Page, PageRequest
from workers.ledger import case_lists
from workers.ledger.case_lists import CaseListed
from workers.ledger.case_times import TakedownTimes, reported_by_month, takedown_times

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["REPORTS", "HostTakedown", "ReportStage", "ReportsShown"]

_MOST = 25
"""Cases of each stage on the page; the queue has all."""
_TOLD = (CaseClass.LURE, CaseClass.VICTIM)
"""Classes of which anybody is told: a letter about a lure, a notice to a victim."""
_STAGES: tuple[tuple[CaseState, tuple[CaseClass, ...], str], ...] = (
    (
        CaseState.CONFIRMED,
        _TOLD,
        "lures and victims, not sent yet; `ghostcrawl report` writes letters and notices",
    ),
    (CaseState.REPORTED, (), "sent, and not answered"),
    (CaseState.ACKNOWLEDGED, (), "answered"),
    (CaseState.RESOLVED, (), "gone"),
    (CaseState.REGRESSED, (), "came back"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStage:
    """Cases that are as far."""

    state: str
    classes: tuple[str, ...]
    """The only ones that are counted; empty: any."""
    text: str
    cases: int
    rows: tuple[CaseListed, ...]
    """The ones that changed last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTakedown:
    """The reported cases of one host, each by its last report."""

    host: str
    reported: int
    removed: int
    median_seconds: int | None
    """From the report to the first look that saw it gone, of the removed ones."""
    cleaned: int
    returned: int
    withdrawn: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsShown:
    """The page."""

    stages: tuple[ReportStage, ...]
    hosts: tuple[HostTakedown, ...]
    sent: tuple[tuple[str, int], ...]
    """Month and cases that were reported in it."""


def _load(conn: Connection, asked: PageRequest) -> ReportsShown:
    del asked
    counted, sent = case_lists.counts(conn), reported_by_month(conn)
    return ReportsShown(
        stages=tuple(
            ReportStage(
                state=state.value,
                classes=tuple(one.value for one in classes),
                text=text,
                cases=sum(
                    n
                    for (of_state, of_class), n in counted.items()
                    if of_state is state and (not classes or of_class in classes)
                ),
                rows=case_lists.last_changed(conn, state, classes, _MOST),
            )
            for state, classes, text in _STAGES
        ),
        hosts=tuple(map(_host, takedown_times(conn))),
        sent=tuple((month, sent.get(month, 0)) for month in without_holes(sorted(sent))),
    )


def _host(one: TakedownTimes) -> HostTakedown:
    return HostTakedown(
        host=one.host,
        reported=one.reported,
        removed=one.removed,
        median_seconds=None if one.median is None else round(one.median.total_seconds()),
        cleaned=one.cleaned,
        returned=one.returned,
        withdrawn=one.withdrawn,
        open=one.open,
    )


REPORTS = Page(
    path="/reports",
    title="Reports",
    shows=ReportsShown,
    load=_load,
    template="reports.html",
)
