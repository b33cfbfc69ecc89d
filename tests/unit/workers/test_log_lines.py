"""One line for each visit and finding, with the fields that docs/operating.md lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from crawler.errors import ConfigurationError, Defer, GiveUp, Retry
from crawler.model import Confidence, Finding, Match, Outcome, Skipped, Tier, Visit
from tests.servers.ledgers import new_ledger
from tests.values import NOW, REPOSITORY, SIGHTING, pin, verdict
from workers.ledger.findings import Recorded
from workers.ledger.work_items import Leased, WorkKind
from workers.steps.leases import settling
from workers.steps.log_lines import log_findings, log_visit
from workers.steps.settling import Settled

DOCS = Path(__file__).parents[3] / "docs/operating.md"
GHOST = Finding(
    key="ab12",
    repository=REPOSITORY,
    sighting=SIGHTING,
    format="uv",
    match=Match(
        pin=pin(), tier=Tier.A, confidence=Confidence.CONFIRMED, reasons=(), verdict=verdict()
    ),
)


def documented(event: str) -> set[str]:
    """Return the fields of a line, as the table names them."""
    (row,) = re.findall(rf"^\| `{event}` \| (.*?) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    return set(re.findall(r"`(\w+)`", row))


def fields(lines: Iterable[Mapping[str, Any]]) -> set[str]:
    return {name for line in lines for name in line} - {"event", "log_level"}


def test_a_visit_is_one_line() -> None:
    skipped = (Skipped(context="uv.lock", reason="too large"),)
    brought = Visit(
        repository=REPOSITORY, outcome=Outcome.VISITED, sightings=(SIGHTING,), skipped=skipped
    )

    with capture_logs() as lines:
        log_visit(brought, 2)

    assert lines == [
        {
            "event": "visit",
            "log_level": "info",
            "host": "git.example",
            "repository": "acme/task",
            "outcome": "visited",
            "locks": 1,
            "read": 0,
            "findings": 2,
            "skipped": 1,
            "reason": "too large",
        }
    ]
    assert fields(lines) == documented("visit")


def test_a_finding_is_a_line_for_each_change_and_none_where_it_was_only_seen() -> None:
    recorded = Recorded(new=("ab12",), seen=("seen",), reopened=("back",))
    settled = Settled(retracted=["wrong"], gone=["cleaned"], unsure=["unsure"])

    with capture_logs() as lines:
        log_findings([GHOST], recorded, settled)

    assert [(line["key"], line["change"]) for line in lines] == [
        ("ab12", "new"),
        ("back", "reopened"),
        ("wrong", "retracted"),
        ("cleaned", "gone"),
    ]
    assert (lines[0]["path"], lines[0]["tier"], lines[0]["level"]) == ("uv.lock", "A", "confirmed")
    assert fields(lines) == documented("finding")


@pytest.mark.parametrize(
    ("error", "name", "then"),
    [
        (Defer(60, "the host asks to wait"), "Defer", "postponed"),
        (ConfigurationError("the token is refused"), "ConfigurationError", "waits for a person"),
        (Retry("connection closed"), "Retry", "counts as an attempt"),
        (GiveUp("not a repository"), "GiveUp", "given up"),
    ],
)
def test_a_fault_is_one_line_with_what_follows(
    tmp_path: Path, error: Exception, name: str, then: str
) -> None:
    ledger = new_ledger(tmp_path / "ledger.db")
    item = Leased(
        id=1, kind=WorkKind.LIST, key="k", host="git.example", fence=1, attempts=0, payload={}
    )

    def step() -> None:
        with settling(ledger, item, lambda: NOW):
            raise error

    with capture_logs() as lines:
        step()

    ledger.close()
    assert [(line["event"], line["error"], line["then"]) for line in lines] == [
        ("fault", name, then)
    ]
    assert fields(lines) == documented("fault")
