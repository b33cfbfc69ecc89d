"""Whether an OSV record speaks of malware, and who found out.

Sources: OSV schema 1.7 (`aliases`: the same thing under another id), ossf/malicious-packages (origins),
pypa/advisory-database (PYSEC: mostly mere vulnerabilities), MITRE CWE-506 "Embedded Malicious Code".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crawler.model import Ecosystem, normalize_name
from feeds.ghsa.record import GHSA_ID

if TYPE_CHECKING:
    from crawler.fields import Fields

__all__ = ["MALICIOUS_ID", "RECORD_ID", "root_source", "speaks_of_malware"]

MALICIOUS_ID = re.compile(r"MAL-\d{4}-\d{1,9}", re.ASCII)
"""`MAL-0000-...` ids are not assigned yet and no records; see osv.dev, source.yaml."""
RECORD_ID = re.compile(r"(?:MAL|PYSEC)-\d{4}-\d{1,9}", re.ASCII)
"""Ids of the records that are read at all."""
_CITED = re.compile(r"MAL-\d{4}-\d{1,9}(?=\.json\b|\Z)", re.ASCII)
_CITED_OF = re.compile(
    r"/malicious/pypi/(?P<name>[^/\s]{1,214})/(?P<id>MAL-\d{4}-\d{1,9})\.json\Z", re.ASCII
)
_SUMMARY = re.compile(r"Malicious code in \S{1,214} \(PyPI\)", re.ASCII)
_MALICIOUS_CODE = "CWE-506"
_IMPORTED = "ghsa-malware"
"""Origin of records taken over from GitHub's malware advisories."""


def speaks_of_malware(fields: Fields, record_id: str) -> bool:
    """Say whether a record says of itself that it is about malware.

    A `MAL-` record always does. A `PYSEC-` record does where it aliases one, cites the one of its own
    project, bears CWE-506 or the summary that all `MAL-` records bear; prose is not interpreted, and a
    citation of another project's record says nothing about this one.
    """
    return (
        MALICIOUS_ID.fullmatch(record_id) is not None
        or _same_as(fields) is not None
        or _MALICIOUS_CODE in _weaknesses(fields)
        or _SUMMARY.fullmatch(fields.optional_text("summary") or "") is not None
    )


def root_source(fields: Fields, record_id: str) -> str:
    """Return who found out first; what only copies or cites a record counts as that record.

    GitHub's malware advisories are partly imports of these very records, and are imported back.
    """
    if not MALICIOUS_ID.fullmatch(record_id):
        return _same_as(fields) or record_id
    origins = sorted(_origins(fields))
    own = [source for _, source, _ in origins if source != _IMPORTED]
    if own:
        return own[0][:100]
    cited: list[str] = sorted({c for u in _urls(fields) for c in _CITED.findall(u)} - {record_id})
    if cited:
        return cited[0]
    return _advisory(fields, origins) or (origins[0][1][:100] if origins else record_id)


def _origins(fields: Fields) -> Iterator[tuple[str, str, str]]:
    """Yield (import time, source, the source's own id) of each origin."""
    database = fields.child("database_specific")
    for origin in database.children("malicious-packages-origins"):
        own_id = origin.optional_text("id") or ""
        yield origin.optional_text("import_time") or "~", origin.text("source"), own_id


def _advisory(fields: Fields, origins: list[tuple[str, str, str]]) -> str | None:
    """Return the root that the feed `ghsa-malware` gives the one advisory this is a copy of."""
    ids = {i for _, _, i in origins if GHSA_ID.fullmatch(i)}
    if origins and not ids:
        ids = {alias for alias in fields.texts("aliases") if GHSA_ID.fullmatch(alias)}
    return f"ghsa:{ids.pop()}" if len(ids) == 1 else None


def _same_as(fields: Fields) -> str | None:
    """Return the `MAL-` record that this one is about too: its alias, or cited under its own name."""
    aliases = sorted(alias for alias in fields.texts("aliases") if MALICIOUS_ID.fullmatch(alias))
    if aliases:
        return aliases[0]
    packages = (affected.child("package") for affected in fields.children("affected"))
    names = {normalize_name(Ecosystem.PYPI, package.text("name")) for package in packages}
    cited = [found for url in _urls(fields) if (found := _CITED_OF.search(url)) is not None]
    own = sorted(c["id"] for c in cited if {normalize_name(Ecosystem.PYPI, c["name"])} == names)
    return own[0] if own else None


def _weaknesses(fields: Fields) -> frozenset[str]:
    """Return the CWE ids of the record, in the places that its known writers put them."""
    places = [fields.child("database_specific")]
    places += [a.child("database_specific") for a in fields.children("affected")]
    listed = {cwe for place in places for cwe in place.texts("cwe_ids")}
    named = {c.optional_text("cweId") or "" for place in places for c in place.children("cwes")}
    return frozenset(listed | named)


def _urls(fields: Fields) -> Iterator[str]:
    for reference in fields.children("references"):
        yield reference.optional_text("url") or ""
