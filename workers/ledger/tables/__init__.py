"""The tables; `migrations/` holds how they came to be, and `Ledger.check` compares the two.

A project is written `pypi/name` in the columns called `project`. Values of `crawler.model` that are
never searched by are kept whole as canonical JSON in `body` (see `values.py`).
"""

from __future__ import annotations

from workers.ledger.tables.base import metadata
from workers.ledger.tables.cases import campaign_case, case, case_event
from workers.ledger.tables.knowledge import (
    assertion,
    feed_cursor,
    feed_poll,
    file_owner,
    judged_by,
    record,
    verdict,
    verdict_digest,
)
from workers.ledger.tables.locks import (
    block,
    block_digest,
    block_name,
    block_text,
    judging_basis,
    lock,
    lock_skipped,
    pin,
)
from workers.ledger.tables.marks import ledger_mark, left_alone
from workers.ledger.tables.places import (
    gap,
    head,
    hint,
    paused_host,
    pivot,
    provenance,
    repository,
    sighting,
    visit,
    visit_skipped,
)
from workers.ledger.tables.results import (
    budget,
    evidence,
    finding,
    finding_event,
    finding_project,
    lane,
    work,
    worker,
)
from workers.ledger.tables.watching import watch

__all__ = [
    "assertion",
    "block",
    "block_digest",
    "block_name",
    "block_text",
    "budget",
    "campaign_case",
    "case",
    "case_event",
    "evidence",
    "feed_cursor",
    "feed_poll",
    "file_owner",
    "finding",
    "finding_event",
    "finding_project",
    "gap",
    "head",
    "hint",
    "judged_by",
    "judging_basis",
    "lane",
    "ledger_mark",
    "left_alone",
    "lock",
    "lock_skipped",
    "metadata",
    "paused_host",
    "pin",
    "pivot",
    "provenance",
    "record",
    "repository",
    "sighting",
    "verdict",
    "verdict_digest",
    "visit",
    "visit_skipped",
    "watch",
    "work",
    "worker",
]
