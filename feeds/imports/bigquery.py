"""Digests of files that the index no longer lists: a query for a person to run, and the import of its result.

The public table `distribution_metadata` gets a row at every upload and never loses one (warehouse,
docs/user/api/bigquery, `forklift/legacy.py`), so it still knows the files of removed projects. What it
says is that a file exists: claim KNOWN, nothing bad.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crawler.errors import FeedError, Malformed, UsageError
from crawler.model import (
    Assertion,
    Ecosystem,
    ProjectKey,
    Skipped,
    normalize_name,
)
from feeds.imports.bigquery_lines import ResultLines
from feeds.imports.bigquery_row import COLUMNS, TableRowReader
from feeds.imports.rows_of_file import lines_of, skipped_line
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest
from feeds.whole_content import WholeContent, pages_of

__all__ = ["BigQueryFeed", "feeds", "name_lists", "resolve_queries"]

_TABLE = "bigquery-public-data.pypi.distribution_metadata"
_BETWEEN = ",\n  "
_LONGEST_QUERY = 900_000
"""Bytes; BigQuery takes 1 MB of unresolved SQL (quotas, "Query jobs")."""
_CLOCK_SKEW = timedelta(days=2)


def resolve_queries(projects: Iterable[ProjectKey]) -> Iterator[str]:
    """Yield statements of standard SQL that list all files of `projects`, to be pasted as they are.

    As few as possible, each of at most 900,000 bytes. Versions are not narrowed down: the table is paid by
    column and not by row, and it has them as they were spelled at the upload. Raises UsageError for a
    project that is none of the Python index.
    """
    yield from map(_statement, name_lists(projects))


def name_lists(projects: Iterable[ProjectKey]) -> Iterator[str]:
    """Yield the names of `projects` as SQL literals with commas between, as many as one query may have.

    Raises UsageError for a project that is none of the Python index.
    """
    literals = sorted({_literal(project) for project in projects})
    chunk, length = list[str](), 0
    for literal in literals:
        if chunk and length + len(literal) > _LONGEST_QUERY:
            yield _joined(chunk)
            chunk, length = [], 0
        chunk.append(literal)
        length += len(literal) + len(_BETWEEN)
    if chunk:
        yield _joined(chunk)


def _joined(literals: Sequence[str]) -> str:
    return _BETWEEN.join(literals)


def _literal(project: ProjectKey) -> str:
    """Return the name in quotes; a normalised name holds nothing that could end them."""
    name = normalize_name(project.ecosystem, project.name)
    if project.ecosystem is not Ecosystem.PYPI or name != project.name:
        msg = f"invalid project {str(project.name)[:60]!a}: expected a normalised name of the Python index"
        raise UsageError(msg)
    return f"'{name}'"


def _statement(names: str) -> str:
    return (
        f"SELECT {', '.join(COLUMNS)}\n"
        f"FROM `{_TABLE}`\n"
        "WHERE LOWER(REGEXP_REPLACE(name, r'[-_.]+', '-')) IN (\n"
        f"  {names}\n"
        ")\n"
        "ORDER BY name, filename;\n"
    )


class BigQueryFeed:
    """Feed `bigquery:<path>`: the result as CSV with a header, or as JSON Lines, also gzipped."""

    def __init__(self, path: Path) -> None:
        """Read `path`."""
        self._path = path
        self.name = f"bigquery:{path}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield one record a project, `bigquery:<name>`, with all its files. See `Feed.poll`."""
        yield from pages_of(self.name, self._content(request.now), request)

    def _content(self, now: datetime) -> WholeContent:
        digest, skipped = hashlib.sha256(), list[Skipped]()
        records = dict[str, dict[Assertion, None]]()
        reader = TableRowReader(feed=self.name, latest=now + _CLOCK_SKEW)
        lines = ResultLines(self.name, [column for column in COLUMNS if column != "size"])
        for number, line in enumerate(lines_of(self._path, self.name), start=1):
            digest.update(line)
            try:
                row = lines.read(line, f"line {number}")
                if row is None:
                    continue
                assertion = reader.read(row)
            except Malformed as error:
                skipped.append(skipped_line(number, error))
                continue
            records.setdefault(assertion.record_id, {})[assertion] = None
        if not records:
            why = f"; {skipped[0].context}: {skipped[0].reason}" if skipped else ""
            msg = f"{self.name}: not a single file could be read{why}"
            raise FeedError(msg)
        said = {i: tuple(a) for i, a in records.items()}
        return WholeContent(sha256=digest.hexdigest(), records=said, skipped=tuple(skipped))


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the feed of the path."""
    return (BigQueryFeed(Path(context.path)),)
