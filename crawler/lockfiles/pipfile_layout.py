"""What a whole Pipfile.lock states, told from the columns of its packages.

What is taken from a checkout or a folder is read exactly, but by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import cast

from crawler.errors import Malformed
from crawler.lockfiles.columns import with_pins
from crawler.lockfiles.json_columns import Table, decode_table, tables
from crawler.model import Ecosystem, Pin
from crawler.model.block import Columns

__all__ = ["CHECKOUTS", "KNOWN_SPEC", "META", "PLACES", "tell", "version_of"]

META = "_meta"
KNOWN_SPEC = 6
CHECKOUTS = ("git", "hg", "svn", "bzr")
PLACES = ("file", "path")
"""Keys of a package that is taken from there."""

_ELSEWHERE = frozenset({*CHECKOUTS, *PLACES})
_TEXT = frozenset({str, type(None)})
_SHA256 = "sha256:"
_DIGITS = 64
_LENGTH = len(_SHA256) + _DIGITS
_HEX = b"0123456789abcdef"

_Exact = Callable[[Sequence[tuple[str, Table]]], Sequence[Pin] | None]


def tell(text: str, exact: _Exact) -> Columns | None:
    """Tell what a whole Pipfile.lock states; None where it is not written as most are.

    `exact` reads packages that come from no index, and gives None where it cannot read all of them.

    Raises:
        GiveUp: like None.
    """
    root = decode_table(text)
    if not {META, "default", "develop"} & root.keys() or not _is_plain_meta(root.get(META, {})):
        return None
    members = [
        member
        for key, category in root.items()
        if key != META
        for member in tables(category).items()
    ]
    usual = [member for member in members if _ELSEWHERE.isdisjoint(member[1])]
    odd = [member for member in members if not _ELSEWHERE.isdisjoint(member[1])]
    pins = exact(odd) if odd else ()
    return None if pins is None else with_pins(_told(usual), pins)


def version_of(stated: str | None) -> str | None:
    """Return the version that `==` pins."""
    if stated is None or not stated.strip().startswith("=="):
        return None
    return stated.strip().lstrip("=").strip() or None


def _is_plain_meta(meta: object) -> bool:
    """Say whether nothing of `meta` is left out when it is read."""
    if type(meta) is not dict:
        return False
    spec, sources = meta.get("pipfile-spec", KNOWN_SPEC), meta.get("sources", [])
    if type(spec) is not int or spec != KNOWN_SPEC or type(sources) is not list:
        return False
    return all(
        type(source) is dict
        and _TEXT.issuperset([type(source.get(key)) for key in ("url", "name")])
        for source in sources
    )


def _told(members: Sequence[tuple[str, Table]]) -> Columns:
    entries = [entry for _, entry in members]
    versions = _texts(entries, "version")
    _texts(entries, "index")
    return Columns(
        count=len(members),
        ecosystem=Ecosystem.PYPI,
        releases=[
            (key, version_of(version)) for (key, _), version in zip(members, versions, strict=True)
        ],
        digests=_digests(entries),
        filenames=(),
        traits=(),
    )


def _texts(entries: Sequence[Table], key: str) -> list[str | None]:
    found = [entry.get(key) for entry in entries]
    if not _TEXT.issuperset(map(type, found)):
        raise Malformed(f"{key}: expected str")
    return cast("list[str | None]", found)


def _digests(entries: Sequence[Table]) -> Sequence[str]:
    """Return the hashes of `entries`, all of which must be SHA-256.

    They are cut at the word where each begins: as all are as long as one, none begins elsewhere.
    """
    lists = [entry.get("hashes", []) for entry in entries]
    if not {list}.issuperset(map(type, lists)):
        raise Malformed("hashes: expected array")
    hashes = list(chain.from_iterable(cast("list[list[str]]", lists)))
    try:
        first, *digests = "".join(hashes).split(_SHA256)
    except TypeError as error:
        raise Malformed("hashes: expected str") from error
    if first or not ({_LENGTH}.issuperset(map(len, hashes)) and _are_sha256(digests)):
        raise Malformed("hashes: expected SHA-256")
    return digests


def _are_sha256(digests: Sequence[str]) -> bool:
    is_long = {_DIGITS}.issuperset(map(len, digests))
    return is_long and not "".join(digests).encode("ascii", "replace").translate(None, _HEX)
