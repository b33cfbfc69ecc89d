"""The ledger of `benchmarks.scan`: 300,000 files and 200,000 projects that no generated lock pins.

A scan looks every pin up among them and finds nothing, which is what nearly every scan does. The rows are written
as `verdicts.replace` writes them, from a template: half a million verdicts by the front door take a minute.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.model import (
    Algorithm,
    Digest,
    Distribution,
    Ecosystem,
    Level,
    ProjectKey,
    Reason,
    Source,
    Subject,
    Verdict,
    VerdictState,
)
from workers.ledger.ledger import Ledger
from workers.ledger.sql.keys import batched, written
from workers.ledger.tables import verdict, verdict_digest
from workers.values import encode

__all__ = ["build"]

_DIGESTS, _NAMES = 300_000, 200_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 20_000
_HEX, _NAME = f"{0:064x}", "ghost-name"
"""What stands in the templates for that of each row."""


def build(folder: Path) -> None:
    """Make the ledger in `folder`."""
    folder.mkdir(parents=True)
    ledger = Ledger.open(f"sqlite:///{folder / 'ledger.sqlite'}")
    ledger.upgrade()
    _fill(ledger)
    ledger.close()


def _fill(ledger: Ledger) -> None:
    rng = random.Random("watched")  # noqa: S311 - the world is made from a seed
    digests = [f"{rng.getrandbits(256):064x}" for _ in range(_DIGESTS)]
    with ledger.write() as conn:
        for rows in batched((*_projects(), *_files(digests)), _AT_ONCE):
            conn.execute(verdict.insert(), rows)
        found = (
            {"algorithm": Algorithm.SHA256, "hex": digits, "verdict_id": row_id}
            for row_id, digits in enumerate(digests, start=_NAMES + 1)
        )
        for some in batched(found, _AT_ONCE):
            conn.execute(verdict_digest.insert(), some)


def _projects() -> Iterator[dict[str, Any]]:
    body = encode(_PROJECT)
    for number in range(_NAMES):
        yield _row(_PROJECT, body, f"ghost-{number}", number + 1)


def _files(digests: list[str]) -> Iterator[dict[str, Any]]:
    body = encode(_FILE)
    for number, digits in enumerate(digests):
        own = body.replace(_HEX, digits)
        yield _row(_FILE, own, f"filed-{number // 3}", _NAMES + number + 1)


def _row(template: Verdict, body: str, name: str, row_id: int) -> dict[str, Any]:
    subject = template.subject
    return {
        "id": row_id,
        "project": written(ProjectKey(ecosystem=Ecosystem.PYPI, name=name)),
        "version": None if subject.level is Level.PROJECT else "1",
        "level": subject.level,
        "state": template.state,
        "since": _NOW,
        "until": None,
        "recorded_at": _NOW,
        "body": body.replace(_NAME, name),
    }


def _verdict(subject: Subject) -> Verdict:
    return Verdict(
        subject=subject,
        state=VerdictState.MALICIOUS,
        since=_NOW,
        reasons=(Reason(code="made-up", text="For a benchmark."),),
        sources=(Source(feed="made-up", record_id="MAL-0000-1", root_source="benchmark"),),
    )


_KEY = ProjectKey(ecosystem=Ecosystem.PYPI, name=_NAME)
_PROJECT = _verdict(Subject(project=_KEY))
_FILE = _verdict(
    Subject(
        project=_KEY,
        version="1",
        file=Distribution(
            filename=f"{_NAME}-1.tar.gz", digests=(Digest(algorithm=Algorithm.SHA256, hex=_HEX),)
        ),
    )
)
