"""A query for the index's public table of downloads: who installed accused releases, by installer and month.

It is printed for a person to run, who pays for it; its result is not read back. Source of the columns:
linehaul, which fills the table `file_downloads` (`file.project` is normalised, one partition a day by
`timestamp`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from crawler.errors import UsageError
from crawler.model import ProjectKey
from feeds.imports.bigquery import name_lists

__all__ = ["TABLE", "downloads_queries"]

TABLE = "bigquery-public-data.pypi.file_downloads"
_TABLE_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){1,2}", re.ASCII)


def downloads_queries(
    projects: Iterable[ProjectKey], since: datetime, until: datetime, table: str = TABLE
) -> Iterator[str]:
    """Yield statements of standard SQL on downloads from `since` to before `until` (days, UTC).

    Each is short enough for BigQuery. Raises UsageError for a name of a table that is none, for a project that is
    none of the Python index, and for a span without a day.
    """
    if not _TABLE_NAME.fullmatch(table):
        msg = f"invalid table {table[:60]!a}: expected project.dataset.table"
        raise UsageError(msg)
    if since.date() >= until.date():
        msg = f"invalid span: {since:%Y-%m-%d} is not before {until:%Y-%m-%d}"
        raise UsageError(msg)
    for names in name_lists(projects):
        yield (
            "SELECT file.project AS name, file.version AS version,\n"
            "  IFNULL(details.installer.name, 'unknown') AS installer,\n"
            "  FORMAT_TIMESTAMP('%Y-%m', timestamp) AS month, COUNT(*) AS downloads\n"
            f"FROM `{table}`\n"
            f"WHERE timestamp >= TIMESTAMP('{since:%Y-%m-%d}')\n"
            f"  AND timestamp < TIMESTAMP('{until:%Y-%m-%d}')\n"
            "  AND file.project IN (\n"
            f"  {names}\n"
            ")\n"
            "GROUP BY name, version, installer, month\n"
            "ORDER BY name, version, installer, month;\n"
        )
