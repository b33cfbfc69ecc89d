"""`manifest.json`: what each file of a report folder is, and how ours are told from a person's.

A file is ours as long as it has the digest that is written down here. What is not written down, or has
another digest, is a person's and is never touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from crawler.errors import ConfigurationError, StoreError
from crawler.reporting.interface import Addressed, DocumentKind
from workers.values import decode, plain

__all__ = ["MANIFEST", "FileRecord", "Records", "is_about", "manifest_text", "records_in"]

MANIFEST = "manifest.json"
_SCHEMA = "ghostcrawl.report/v1"
_NAME = re.compile(r"(?:withdrawn/)?[A-Za-z0-9][A-Za-z0-9._-]{0,250}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One file that we have written."""

    name: str
    """Path below the folder."""
    kind: DocumentKind
    sha256: str
    repository: Addressed | None
    findings: tuple[str, ...]
    """Keys of the findings that it tells of."""
    tool_version: str
    created_at: datetime
    """UTC; when this text was written first."""
    earlier: tuple[str, ...] = ()
    """Keys that earlier texts of it told of and it does not, and that were not corrected."""
    was: str | None = None
    """Digest of the text that is being replaced; only while a report is being written."""


Records = Mapping[str, FileRecord]
"""The files of a folder by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    schema: str
    files: tuple[FileRecord, ...]
    selection: str = ""
    """The name of what alone is reported there; empty where everything is."""


def manifest_text(records: Iterable[FileRecord], selection: str = "") -> str:
    """Return the manifest that says this of the files of a folder, which is for this selection."""
    files = tuple(sorted(records, key=lambda one: one.name))
    manifest = _Manifest(schema=_SCHEMA, files=files, selection=selection)
    return json.dumps(plain(manifest), indent=1, sort_keys=True) + "\n"


def records_in(text: str, selection: str = "") -> Records:
    """Return what a manifest says.

    Raises ConfigurationError for what is no manifest of ours, and for a folder of another selection.
    """
    try:
        manifest = decode(_Manifest, text)
    except (StoreError, RecursionError) as error:
        raise _not_ours() from error
    names = [record.name for record in manifest.files]
    known = all(_NAME.fullmatch(name) and name != MANIFEST for name in names)
    if manifest.schema != _SCHEMA or not known:
        raise _not_ours()
    if manifest.selection != selection:
        what = "everything" if not manifest.selection else f"--select {manifest.selection}"
        msg = f"the folder has the report of {what}; name another folder with --output"
        raise ConfigurationError(msg)
    return {record.name: record for record in manifest.files}


def _not_ours() -> ConfigurationError:
    return ConfigurationError(
        f"invalid {MANIFEST}: expected {_SCHEMA}; name another folder for the report"
    )


def is_about(one: FileRecord | None, kind: DocumentKind, about: Addressed | None) -> bool:
    """Say whether a file is of this kind and about this repository, so that a newer text replaces it."""
    return one is not None and one.kind is kind and one.repository == about
