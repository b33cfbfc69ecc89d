"""Rows of a file that are whole OSV documents, as OSV and its mirrors hand them out, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from crawler.errors import Malformed
from crawler.fields import Fields
from feeds.osv.record import ANOTHER_ECOSYSTEM, ECOSYSTEM_NAMES, OsvReading, read_record

__all__ = ["is_osv", "osv_readings"]


def is_osv(document: object) -> bool:
    """Say whether a row is an OSV document: what it affects is named inside. Source: the schema of OSV."""
    return isinstance(document, Mapping) and "affected" in document and "name" not in document


def osv_readings(document: object, feed: str) -> Iterator[OsvReading]:
    """Yield what a document says, by ecosystem.

    Raises Malformed for what is no record of malware, and, after all others, for ecosystems that nobody reads.
    """
    fields = Fields(document, "record")
    stated = {one.child("package").text("ecosystem") for one in fields.children("affected")}
    if not stated:
        raise Malformed(f"{fields.text('id')}: affects no package")
    named = [ecosystem for ecosystem, name in ECOSYSTEM_NAMES.items() if name in stated]
    for ecosystem in named:
        reading = read_record(document, feed, ecosystem)
        told = tuple(one for one in reading.skipped if one.reason != ANOTHER_ECOSYSTEM)
        yield replace(reading, skipped=told)
    if left := stated.difference(ECOSYSTEM_NAMES.values()):
        msg = f"{fields.text('id')}: packages of {', '.join(sorted(left))} are not read"
        raise Malformed(msg)
