"""What a whole lock of npm states, told from the columns of its entries.

An entry that is not as nearly all are (a link, a repository, an alias of version 1) is read exactly, but
by itself.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable, Collection, Sequence
from itertools import compress, repeat
from typing import cast

from crawler.errors import Malformed
from crawler.lockfiles.columns import with_pins
from crawler.lockfiles.json_columns import Table, decode_table, tables
from crawler.lockfiles.npm_sources import REGISTRY
from crawler.model import Ecosystem, Pin, digest_in_path
from crawler.model.block import Columns, Traits
from crawler.model.urls import host_in, normalize

__all__ = ["FOLDER", "KNOWN_VERSIONS", "Entries", "Stated", "tell"]

Entries = Sequence[tuple[str, Table]]
"""Keys and values of members of `packages` or `dependencies`."""
Stated = tuple[object, ...]
"""All that decides what the pin of an entry is; equal ones make equal pins."""

KNOWN_VERSIONS = frozenset({1, 2, 3})
FOLDER = "node_modules/"
_MOST_ODD = 4
"""Where more than one entry of so many is written otherwise, all is read exactly."""

_SHA512 = "sha512-"
_SHA1 = "sha1-"
_SHA512_LENGTH = len(_SHA512) + 88
_SHA512_DIGITS = 128
_SHA1_DIGITS = 40
_LENGTHS = frozenset({_SHA512_LENGTH, len(_SHA1) + 28})
_SCHEMES = ("https://", "http://")
_BASE = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/")
_IN_URLS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~+-/:@"
"""What stands for itself in a URL."""

_Exact = Callable[[Entries, Entries, set[Stated]], Sequence[Pin] | None]
_Row = tuple[str, str, str | None, str | None]
"""Name, version, URL and integrity."""
_Any = tuple[object, object, object, object]
"""Those of an entry that may be odd."""


def tell(text: str, exact: _Exact) -> Columns | None:
    """Tell what a whole lock of npm states; None where it is not written as most are.

    `exact` reads members of `packages` and of `dependencies` that are not, unless they are stated
    already; it adds to what is, and gives None where it cannot read all of them.

    Raises:
        GiveUp: like None.
    """
    root = decode_table(text)
    version = root.get("lockfileVersion")
    if type(version) is not int or version not in KNOWN_VERSIONS:
        return None
    packages = tables(root.get("packages", {}))
    installed = [(k, e) for k, e in packages.items() if FOLDER in k or "resolved" in e]
    rows, odd = _split(installed, _packages(installed))
    below = _below(root)
    others, odd_below = _split(below, _dependencies(below))
    if (len(odd) + len(odd_below)) * _MOST_ODD > len(installed) + len(below):
        return None
    stated = set(map(_stated, rows)) if below else set()
    pins = exact(odd, odd_below, stated) if odd or odd_below else ()
    rows += [row for row in others if _stated(row) not in stated]
    return None if pins is None else with_pins(_told(rows), pins)


def _below(table: Table) -> Entries:
    """Return the members of `dependencies`, and of those inside each of them."""
    found: list[tuple[str, Table]] = []
    level = [table]
    while level:
        inner = [tables(e["dependencies"]) for e in level if "dependencies" in e]
        members = [member for held in inner for member in held.items()]
        found += members
        level = [entry for _, entry in members]
    return found


def _packages(entries: Entries) -> list[_Any]:
    """Return the row of each member of `packages`; that of a link has no version."""
    return [
        (
            entry.get("name") or key.rpartition(FOLDER)[2],
            None if "link" in entry else entry.get("version"),
            entry.get("resolved"),
            entry.get("integrity"),
        )
        for key, entry in entries
    ]


def _dependencies(entries: Entries) -> list[_Any]:
    """Return the row of each member of `dependencies`; a version that is a location is none."""
    return [
        (
            key,
            version
            if type(version := entry.get("version")) is str and version[:1].isdigit()
            else None,
            entry.get("resolved"),
            entry.get("integrity"),
        )
        for key, entry in entries
    ]


def _split(entries: Entries, rows: Sequence[_Any]) -> tuple[list[_Row], Entries]:
    """Return the `rows` that are as nearly all are, and the `entries` whose row is not."""
    usual = [
        name
        and type(name) is type(version) is str
        and (url is None or (type(url) is str and url.startswith(_SCHEMES)))
        and (sri is None or (type(sri) is str and len(sri) in _LENGTHS))
        for name, version, url, sri in rows
    ]
    odd = [entry for entry, is_usual in zip(entries, usual, strict=True) if not is_usual]
    return cast("list[_Row]", list(compress(rows, usual))), odd


def _stated(row: _Row) -> Stated:
    name, version, url, sri = row
    return name, version, str(url), str(sri)


def _told(rows: Sequence[_Row]) -> Columns:
    return Columns(
        count=len(rows),
        ecosystem=Ecosystem.NPM,
        releases=[row[:2] for row in rows],
        digests=_digests([row[3] for row in rows if row[3]]),
        filenames=(),
        traits=_traits(rows),
    )


def _digests(integrities: Sequence[str]) -> Sequence[str]:
    """Return the SHA-512 of `integrities`; a SHA-1 identifies nothing, but must be one."""
    longer = [sri for sri in integrities if len(sri) == _SHA512_LENGTH]
    if len(longer) < len(integrities):
        _hex([sri for sri in integrities if len(sri) != _SHA512_LENGTH], _SHA1, _SHA1_DIGITS)
    return _hex(longer, _SHA512, _SHA512_DIGITS)


def _hex(integrities: Sequence[str], prefix: str, digits: int) -> Sequence[str]:
    start = len(prefix)
    try:
        found = [a2b_base64(sri[start:], strict_mode=True).hex() for sri in integrities]
    except ValueError as error:
        raise Malformed("integrity is not base64") from error
    has_prefix = all(map(str.startswith, integrities, repeat(prefix)))
    if not has_prefix or not {digits}.issuperset(map(len, found)):
        raise Malformed("another kind of integrity")
    return found


def _traits(rows: Sequence[_Row]) -> Sequence[Traits]:
    """Return those of the files that are at a URL."""
    hashed = [row[2] for row in rows if row[2] and row[3]]
    bare = [row[2] for row in rows if row[2] and not row[3]]
    return [
        Traits(Ecosystem.NPM, REGISTRY, host_in(normalize(base)), False, False, flags)  # noqa: FBT003
        for found, flags in ((hashed, ()), (bare, ("no-hash",)))
        for base in _bases(found)
    ]


def _bases(urls: Sequence[str]) -> Collection[str]:
    """Return what stands before the paths of `urls`, which have nothing in them to decode or to cut."""
    joined = "".join(urls)
    if (
        joined.encode("ascii", "replace").translate(None, _IN_URLS)
        or "/." in joined
        or joined.count("//") != len(urls)
        or joined.count("@") != joined.count("/@")
        or ("/packages/" in joined.lower() and any(map(digest_in_path, urls)))
    ):
        raise Malformed("a URL that takes a closer look")
    first = {_base(url) for url in urls[:1]}
    bases = first if list(map(joined.count, first)) == [len(urls)] else set(map(_base, urls))
    if not all(map(_BASE.fullmatch, bases)):
        raise Malformed("a URL without a host, or with credentials")
    return bases


def _base(url: str) -> str:
    """Return scheme and host of `url`, or an empty string where no slash is behind them."""
    return url[: url.find("/", len("https://")) + 1]
