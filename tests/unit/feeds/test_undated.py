"""Where a feed states no date, its statement says so: the census then calls the month unknown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.fields import Fields
from crawler.model import Ecosystem
from feeds.imports.rows import RowReader

READER = RowReader(
    feed="file:x",
    root="file:x",
    ecosystem=Ecosystem.PYPI,
    as_of=datetime(2026, 8, 22, tzinfo=UTC),
)
RECORD = {"id": "MAL-2025-1", "name": "zz-ghost", "versions": ["1.0"]}
CAMPAIGN = {"name": "zz-ghost", "category": "malicious", "versions": ["1.0"]}
SAID = {
    "ecosystem": "pypi",
    "name": "zz-ghost",
    "level": "project",
    "claim": "malicious",
    "record_id": "x",
    "observed_at": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("row", "undated"),
    [
        (RECORD | {"published": "2025-01-01T00:00:00Z"}, False),
        (RECORD, True),
        (RECORD | {"snapshot": "2026-05-17"}, True),
        (RECORD | {"modified": "2025-02-01T00:00:00Z"}, True),
        (RECORD | {"published": "2025-01-01T00:00:00Z", "withdrawn": True}, True),
        (RECORD | {"published": "2025-01-01T00:00:00Z", "withdrawn": False}, False),
        (RECORD | {"published": "2025-01-01T00:00:00Z", "withdrawn": "2025-02-01"}, False),
        (CAMPAIGN | {"campaign": "GENERIC-standard"}, True),
        (CAMPAIGN | {"campaign": "2025-11-zz"}, False),
        (CAMPAIGN | {"campaign": "GENERIC-x", "assigned_at": "2025-11-29T14:17:37Z"}, False),
        (CAMPAIGN | {"campaign": "GENERIC-x", "modified_at": "2025-11-29T14:17:37Z"}, False),
        (SAID, False),
    ],
)
def test_a_row_without_a_date_of_its_own_is_undated(
    row: dict[str, object], *, undated: bool
) -> None:
    (said,) = READER.read(Fields(row, "line 1"))

    assert said.undated is undated
