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
    normalize_name,
    normalize_version,
    path_of,
    project_of_file,
)
from feeds.pypi.status_page import ROOT_SOURCE

__all__ = ["COLUMNS", "RowReader"]

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
_LONGEST_SIZE = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReader:
    """Turns a row of the table into an assertion."""

    feed: str
    latest: datetime
    """UTC; an upload after it is not believed."""

    def read(self, fields: Fields) -> Assertion:
        """Return that the file of the row is known; raises Malformed where the row contradicts itself."""
        project, version, filename = _named(fields)
        uploaded = self._uploaded(fields)
        _check_size(fields)
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
            msg = f"{path}: {text[:60]!a} is no time of an upload"
            raise Malformed(msg)
        return when


def _named(fields: Fields) -> tuple[ProjectKey, str, str]:
    """Return project, version and file name, which must agree: a digest under a wrong name accuses."""
    name = normalize_name(Ecosystem.PYPI, fields.text("name"))
    if name is None:
        msg = f"{fields.path}.name: {fields.text('name')[:60]!a} is no project name"
        raise Malformed(msg)
    version = plain_name(fields.text("version"), f"{fields.path}.version")
    filename = plain_name(fields.text("filename"), f"{fields.path}.filename")
    stated = (name, normalize_version(Ecosystem.PYPI, version))
    if project_of_file(filename, expected=name) != stated:
        msg = f"{fields.path}.filename: {filename[:80]!a} is no wheel or sdist of {name} {version}"
        raise Malformed(msg)
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=name), stated[1], filename


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


def _check_size(fields: Fields) -> None:
    """Refuse a size that is none; JSON of BigQuery has integers as text."""
    if "size" not in fields:
        return
    try:
        text = str(fields.number("size"))
    except Malformed:
        text = fields.text("size")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_SIZE):
        msg = f"{fields.path}.size: {text[:60]!a} is no size in bytes"
        raise Malformed(msg)
