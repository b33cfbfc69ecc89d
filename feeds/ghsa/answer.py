"""An answer of GitHub's list of advisories, read into types at the border.

Sources: GitHub REST API, schema `global-advisory`; RFC 8288 (Link header).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from crawler.errors import Malformed
from crawler.fields import Fields
from crawler.model import Skipped

__all__ = ["NAMELESS", "advisory_of", "mark_of", "unreadable"]

NAMELESS = "advisories["
"""Begins the context of an advisory whose id cannot be read."""
_NEXT = re.compile(r'<([^<>\s]{1,4000})>\s{0,9};\s{0,9}rel="?next"?', re.ASCII)
_MARK = re.compile(r"[!-~]{1,1000}", re.ASCII)
_LONGEST_HEADER = 16_384


def advisory_of(value: object, place: int) -> dict[str, object]:
    """Return the fields that we read, all of them set and of their type; raises Malformed.

    It is a document for PyGithub, which would ask for fields that are not set.
    """
    entry = Fields(value, f"{NAMELESS}{place}]")
    updated, withdrawn = entry.when("updated_at"), entry.when("withdrawn_at")
    if updated is None:
        msg = f"{entry.path}: no date of change"
        raise Malformed(msg)
    published = entry.when("published_at") or updated
    return {
        "ghsa_id": entry.text("ghsa_id"),
        "type": entry.text("type"),
        "html_url": _text(entry, "html_url"),
        "description": _text(entry, "description"),
        "source_code_location": _text(entry, "source_code_location"),
        "references": list(entry.texts("references")),
        "vulnerabilities": [_vulnerability(each) for each in entry.children("vulnerabilities")],
        "published_at": published.isoformat(),
        "updated_at": updated.isoformat(),
        "withdrawn_at": withdrawn and withdrawn.isoformat(),
    }


def _vulnerability(entry: Fields) -> dict[str, object]:
    package = entry.child("package")
    return {
        "package": {
            "ecosystem": package.text("ecosystem"),
            "name": _text(package, "name"),
        },
        "vulnerable_version_range": _text(entry, "vulnerable_version_range"),
    }


def _text(entry: Fields, key: str) -> str:
    """Return a text that may be empty, null or missing."""
    return entry.text_of_any_length(key) if key in entry else ""


def unreadable(value: object, place: int, error: Malformed) -> Skipped:
    """Say that an advisory cannot be read, by its id where it has a printable one."""
    found = value.get("ghsa_id") if isinstance(value, Mapping) else None
    known = isinstance(found, str) and re.fullmatch(r"[!-~]{1,60}", found)
    return Skipped(context=str(found) if known else f"{NAMELESS}{place}]", reason=str(error))


def mark_of(link: str) -> str:
    """Return the mark that a Link header (RFC 8288) goes on behind; its address is never followed."""
    if len(link) > _LONGEST_HEADER:
        msg = f"the list of advisories: a Link header of {len(link)} characters"
        raise Malformed(msg)
    following = _NEXT.search(link)
    if following is None:
        if "next" in link:
            msg = "the list of advisories: the address of the next page is not readable"
            raise Malformed(msg)
        return ""
    try:
        marks = parse_qs(urlsplit(following[1]).query, max_num_fields=50).get("after", [""])
    except ValueError as error:
        msg = "the list of advisories: the address of the next page is none"
        raise Malformed(msg) from error
    if not _MARK.fullmatch(marks[0]):
        msg = "the list of advisories: the next page has no mark to ask for it"
        raise Malformed(msg)
    return marks[0]
