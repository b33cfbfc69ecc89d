"""Queries in the words of GitHub's code search; pure.

Limits (GitHub docs, "Search"; facts/hosts.md): 256 characters, 1,000 results, files under 384 KB.
A sha256 or the 60 hex digits of a file's URL path are single rare tokens; everything else is a phrase
in which the search ignores punctuation, so it is bound to the name of a lock.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import Refused, Unsupported
from crawler.model import QueryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model import Query

__all__ = ["RESULT_CAP", "halves", "per_lock_name", "requests_of", "search_text"]

RESULT_CAP = 1000
_LARGEST_INDEXED = 384 * 1024
_LONGEST_QUERY = 256
_TOKEN = re.compile(r"[0-9a-f]{56,128}", re.ASCII)
_PHRASE = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._+!@/-]*", re.ASCII)
_QUALIFIERS = re.compile(
    r"(?P<filename>filename:[A-Za-z0-9][A-Za-z0-9._-]*)?"
    r" ?(?:size:(?P<least>\d{1,7})\.\.(?P<most>\d{1,7}))?",
    re.ASCII,
)


def search_text(query: Query) -> str:
    """Return the `q` parameter of `query`: the quoted text and the qualifiers that narrow it.

    Raises Refused for text that could leave its quotes, Unsupported for more than GitHub takes.
    """
    shape = _TOKEN if _is_token(query) else _PHRASE
    if not shape.fullmatch(query.text) or not _QUALIFIERS.fullmatch(query.narrow):
        raise Refused(
            f"invalid query {query.text[:80]!r} {query.narrow[:80]!r}: expected a token or a name"
        )
    text = f'"{query.text}" {query.narrow}'.rstrip()
    if len(text) > _LONGEST_QUERY:
        raise Unsupported(
            f"query too long: {len(text)} characters, at most {_LONGEST_QUERY}: {query.text[:80]!r}"
        )
    return text


def per_lock_name(query: Query, lock_names: Sequence[str]) -> tuple[Query, ...]:
    """Return one query per lock name for a phrase, or nothing where `query` can be asked as it is.

    How GitHub combines several `filename:` qualifiers is not documented, and an AND would silently
    find nothing: one question per name is sure.
    """
    if _is_token(query) or query.narrow.startswith("filename:"):
        return ()
    narrows = (f"filename:{name} {query.narrow}".rstrip() for name in lock_names)
    return tuple(replace(query, narrow=narrow) for narrow in narrows)


def requests_of(query: Query, lock_names: Sequence[str]) -> int:
    """Return how many requests `query` costs at least."""
    return max(1, len(per_lock_name(query, lock_names)))


def halves(query: Query) -> tuple[Query, ...]:
    """Return two queries over half the range of file sizes each, or nothing for a single size."""
    found = _QUALIFIERS.fullmatch(query.narrow)
    if found is None:
        raise Refused(f"invalid qualifier {query.narrow[:80]!r}: expected filename: and size:")
    least = int(found["least"] or 0)
    most = int(found["most"] or _LARGEST_INDEXED)
    if least >= most:
        return ()
    middle = (least + most) // 2
    ranges = (f"size:{least}..{middle}", f"size:{middle + 1}..{most}")
    prefix = "" if found["filename"] is None else f"{found['filename']} "
    return tuple(replace(query, narrow=prefix + sizes) for sizes in ranges)


def _is_token(query: Query) -> bool:
    return query.kind in {QueryKind.DIGEST, QueryKind.URL_PATH}
