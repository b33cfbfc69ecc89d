"""A row of the public table `distribution_metadata`, believed only where it agrees with itself.

Source of the columns: warehouse, `forklift/legacy.py`; of the path: `crawler.model.path_of`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.errors import Malformed
from crawler.fields import Fields, instant, plain_name
from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Digest,
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
    path_of,
    project_of_file,
)
from feeds.imports.bigquery_lines import whole_number
from feeds.pypi.status_page import ROOT_SOURCE
from feeds.subjects import project_of, version_of

__all__ = ["COLUMNS", "TableRowReader"]

COLUMNS = (
    "name",
    "version",
    "filename",
    "size",
    "sha256_digest",
    "blake2_256_digest",
    "path",
    "upload_time",
)
_FIRST_UPLOAD = datetime(2003, 1, 1, tzinfo=UTC)
"""The index is not older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRowReader:
    """Turns a row of the table into an assertion."""

    feed: str
    latest: datetime
    """UTC; an upload after it is not believed."""

    def read(self, fields: Fields) -> Assertion:
        """Return that the file of the row is known; raises Malformed where the row contradicts itself."""
        project, version, filename = _named(fields)
        uploaded = self._uploaded(fields)
        if "size" in fields:
            whole_number(fields, "size")
        file = Distribution(
            filename=filename, digests=_digests(fields, filename), uploaded_at=uploaded.isoformat()
        )
        return Assertion(
            feed=self.feed,
            record_id=f"bigquery:{project.name}",
            subject=Subject(project=project, version=version, file=file),
            claim=Claim.KNOWN,
            valid_from=uploaded,
            observed_at=uploaded,
            root_source=ROOT_SOURCE,
        )

    def _uploaded(self, fields: Fields) -> datetime:
        path = f"{fields.path}.upload_time"
        text = fields.text("upload_time")
        when = instant(text.removesuffix(" UTC"), path)  # as BigQuery prints a TIMESTAMP
        if not _FIRST_UPLOAD <= when <= self.latest:
            msg = f"{path}: invalid upload time {text[:60]!a}: expected {_FIRST_UPLOAD.year} to now"
            raise Malformed(msg)
        return when


def _named(fields: Fields) -> tuple[ProjectKey, str, str]:
    """Return project, version and file name, which must agree: a digest under a wrong name accuses."""
    project = project_of(Ecosystem.PYPI, fields.text("name"), fields.at("name"))
    version = version_of(project, fields.text("version"), fields.at("version"))
    filename = plain_name(fields.text("filename"), fields.at("filename"))
    if project_of_file(filename, expected=project.name) != (project.name, version):
        msg = f"{fields.at('filename')}: expected a file of {project.name} {version}, got {filename[:80]!a}"
        raise Malformed(msg)
    return project, version, filename


def _digests(fields: Fields, filename: str) -> tuple[Digest, ...]:
    blake2b = _digest(fields, "blake2_256_digest", Algorithm.BLAKE2B_256)
    sha256 = _digest(fields, "sha256_digest", Algorithm.SHA256)
    if path_of(blake2b.hex, filename) != f"/packages/{fields.text('path')}":
        msg = f"{fields.path}.path: not that of the digest and the file name"
        raise Malformed(msg)
    return tuple(sorted((blake2b, sha256)))


def _digest(fields: Fields, key: str, algorithm: Algorithm) -> Digest:
    try:
        return Digest(algorithm=algorithm, hex=fields.text(key).lower())
    except ValueError as error:
        msg = f"{fields.path}.{key}: {str(error)!a}"
        raise Malformed(msg) from error
