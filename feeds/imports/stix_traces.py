"""What a STIX object says of the identity of a file or package.

Source: STIX 2.1, sections 6.7 (file), 6.14 (software), 6.16 (url) and 9 (patterns).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crawler.errors import Malformed
from crawler.fields import Fields
from crawler.model import Digest
from feeds.imports.stix_bundle import StixObject
from feeds.imports.stix_pattern import StixComparison, read_pattern
from feeds.imports.traces import Traces, digest_of

__all__ = ["Alternative", "calls_malicious", "traces_of"]

_PURL_FIELDS = ("purl", "x_purl", "package_url", "x_package_url")
_LONGEST_REMARK = 4096
_TO_IDS = 'misp:to_ids="{}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Traces of one file; an indicator may have several."""

    traces: Traces
    joined: bool = False
    """Whether more must be seen beside it (AND, FOLLOWEDBY)."""


def calls_malicious(indicator: StixObject, indicating: frozenset[str]) -> bool:
    """Say whether an indicator means malice: by its type, a label, or the malware that it indicates.

    Raises Malformed for one that calls its subject benign.
    """
    types = {*indicator.fields.texts("indicator_types"), *indicator.fields.texts("labels")}
    if "benign" in types:
        msg = f"{indicator.fields.path}: the indicator calls it benign"
        raise Malformed(msg)
    if _TO_IDS.format("False") in types:
        return False
    named = {"malicious-activity", _TO_IDS.format("True")} & types
    return bool(named) or indicator.id in indicating


def traces_of(found: StixObject) -> Sequence[Alternative]:
    """Return the traces in `found`, none for a type that speaks of no file; raises Malformed."""
    match found.type:
        case "indicator":
            return _indicator(found.fields)
        case "file":
            return [Alternative(traces=_file(found.fields))]
        case "url":
            urls = (found.fields.text("value"),)
            return [Alternative(traces=Traces(urls=urls, identifiers=urls))]
        case "malware" | "software":
            return [Alternative(traces=_described(found.fields))]
        case _:
            return ()


def _indicator(fields: Fields) -> Sequence[Alternative]:
    described = _described(fields)
    if (fields.optional_text("pattern_type") or "stix") != "stix":
        kind = fields.text("pattern_type")
        if described:
            return [Alternative(traces=described)]
        msg = f"{fields.path}: a pattern of type {kind[:40]!a} is not read"
        raise Malformed(msg)
    pattern = read_pattern(fields.text_of_any_length("pattern"), fields.path)
    found = [
        Alternative(traces=_compared(each, fields.path), joined=pattern.joined)
        for each in pattern.alternatives
    ]
    named = [each for each in found if each.traces]
    if len(found) == 1:  # one file: what names the package belongs to it
        return [Alternative(traces=_merged(found[0].traces, described), joined=pattern.joined)]
    return named or [Alternative(traces=described, joined=pattern.joined)]


def _merged(traces: Traces, described: Traces) -> Traces:
    return Traces(
        filenames=traces.filenames,
        digests=traces.digests,
        urls=traces.urls,
        identifiers=(*traces.identifiers, *described.identifiers),
        remarks=described.remarks,
    )


def _described(fields: Fields) -> Traces:
    """Return the purls in names, dedicated fields and external ids; a description only mentions."""
    named = [fields.optional_text(key) for key in ("name", *_PURL_FIELDS)]
    external = [e.optional_text("external_id") for e in fields.children("external_references")]
    remark = fields.text_of_any_length("description") if "description" in fields else ""
    return Traces(
        identifiers=tuple(text for text in (*named, *external) if text is not None),
        remarks=(remark[:_LONGEST_REMARK],),
    )


def _file(fields: Fields) -> Traces:
    hashes = fields.child("hashes")
    digests = (digest_of(k, hashes.text(k), hashes.path) for k in sorted(hashes.keys()))
    name = fields.optional_text("name")
    return Traces(
        filenames=() if name is None else (name,),
        digests=_kept(digests),
        identifiers=_described(fields).identifiers,
    )


def _compared(comparisons: Sequence[StixComparison], path: str) -> Traces:
    """Return the traces of one alternative of a pattern."""

    def values(wanted: str) -> tuple[str, ...]:
        return tuple(c.value for c in comparisons if c.path == wanted)

    prefix = "file:hashes."
    hashes = [c for c in comparisons if c.path.startswith(prefix)]
    digests = (digest_of(c.path.removeprefix(prefix), c.value, path) for c in hashes)
    purls = (c.value for c in comparisons if c.path.rpartition(":")[2] in _PURL_FIELDS)
    return Traces(
        filenames=values("file:name"),
        digests=_kept(digests),
        urls=values("url:value"),
        identifiers=tuple(purls),
    )


def _kept(digests: Iterable[Digest | None]) -> tuple[Digest, ...]:
    return tuple(dict.fromkeys(d for d in digests if d is not None))
