"""A query for the index's public table of downloads: who installed accused releases, by installer and month.

It is printed for a person to run, who pays for it, and its result is read from a file. Source of the columns:
linehaul, which fills the table `file_downloads` (`file.project` is normalised, one partition a day by
`timestamp`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crawler.errors import FeedError, Malformed, UsageError
from crawler.fields import Fields
from crawler.model import Ecosystem, ProjectKey, Skipped
from feeds.imports.bigquery import name_lists
from feeds.imports.bigquery_lines import ResultLines, whole_number
from feeds.imports.rows_of_file import lines_of, skipped_line
from feeds.subjects import project_of, version_of
from workers.census.removals import month_of
from workers.census.stories import ProjectStory

__all__ = ["TABLE", "Downloads", "InstallerCount", "downloads_in", "downloads_queries"]

TABLE = "bigquery-public-data.pypi.file_downloads"
_LONGEST_NAME = 60
"""Characters of an installer, which says of itself what it is."""
_COLUMNS = ("name", "version", "installer", "month", "downloads")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
_TABLE_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){1,2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallerCount:
    """What one installer fetched; mirrors and scanners call themselves installers, too."""

    installer: str
    downloads: int
    after_removal: int
    """Of these, in months after that in which the release was removed."""
    undated: int
    """Of these, of releases of which nobody states when they were removed."""
    releases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """The result of the query, counted."""

    installers: Sequence[InstallerCount]
    """Most downloads first."""
    months: Sequence[tuple[str, int]]
    """Month and downloads."""
    skipped: Sequence[Skipped]
    """Rows that could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    release: tuple[ProjectKey, str]
    installer: str
    month: str
    downloads: int


def downloads_in(path: Path, stories: Iterable[ProjectStory]) -> Downloads:
    """Count the rows of `path`, a saved result (CSV or JSON Lines), by the removals that `stories` tell.

    Raises FeedError for a file that is none.
    """
    skipped = list[Skipped]()
    rows = list(_rows(path, skipped))
    if not rows:
        why = f"; {skipped[0].context}: {skipped[0].reason}" if skipped else ""
        msg = f"{path.name}: not a single row could be read{why}"
        raise FeedError(msg)
    removed = {(s.project, one.version): one.removed for s in stories for one in s.releases}
    total, after, undated = Counter[str](), Counter[str](), Counter[str]()
    months, releases = Counter[str](), dict[str, set[tuple[ProjectKey, str]]]()
    for row in rows:
        gone = month_of(removed.get(row.release, removed.get((row.release[0], None))))
        total[row.installer] += row.downloads
        months[row.month] += row.downloads
        releases.setdefault(row.installer, set()).add(row.release)
        if gone is None:
            undated[row.installer] += row.downloads
        elif row.month > gone:
            after[row.installer] += row.downloads
    installers = tuple(
        InstallerCount(
            installer=name,
            downloads=total[name],
            after_removal=after[name],
            undated=undated[name],
            releases=len(releases[name]),
        )
        for name in sorted(total, key=lambda name: (-total[name], name))
    )
    return Downloads(
        installers=installers, months=tuple(sorted(months.items())), skipped=tuple(skipped)
    )


def _rows(path: Path, skipped: list[Skipped]) -> Iterator[_Row]:
    lines = ResultLines(path.name, _COLUMNS)
    for number, line in enumerate(lines_of(path, path.name), start=1):
        try:
            row = lines.read(line, f"line {number}")
            if row is not None:
                yield _row(row)
        except Malformed as error:
            skipped.append(skipped_line(number, error))


def _row(fields: Fields) -> _Row:
    project = project_of(Ecosystem.PYPI, fields.text("name"), fields.at("name"))
    version = version_of(project, fields.text("version"), fields.at("version"))
    month = fields.text("month")
    if not _MONTH.fullmatch(month):
        msg = f"{fields.at('month')}: invalid month {month[:20]!a}: expected 2026-11"
        raise Malformed(msg)
    return _Row(
        release=(project, version),
        installer=fields.text("installer")[:_LONGEST_NAME],
        month=month,
        downloads=whole_number(fields, "downloads"),
    )


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
