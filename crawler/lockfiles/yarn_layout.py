"""The layouts in which yarn writes entries: that of version 1 and that of berry.

An entry that is written in another way (a repository, a patch, a long key) is read exactly, but by
itself: what stands above a key belongs to others.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Sequence

from crawler.lockfiles.columns import with_pins
from crawler.lockfiles.index_columns import PLAIN
from crawler.lockfiles.lines import MOST_LINES, Notes
from crawler.lockfiles.npm_sources import REGISTRY
from crawler.model import Ecosystem, Pin
from crawler.model.block import Columns, Traits
from crawler.model.urls import host_in

__all__ = ["tell"]

_WORD = r"[A-Za-z0-9_.~-]"
_NAME = rf"(?:@{_WORD}++/)?+{_WORD}++"
_NESTED = r"(?:  [A-Za-z]++:\n(?:    [^\n]++\n)*+)*+"
"""Dependencies and the like: nothing of them is asked for."""
_END = r"(?:\n|\Z)"
_OTHER = rf"((?:[^\n#][^\n]*+{_END})++)|#[^\n]*+\n?+|\n++"
"""In a group of their own the lines that are no entry in this layout, up to a blank one."""

_RANGE = r"(?!\.)[^\x00-\x1f\x7f-\U0010ffff\",:@/\\]*+"
"""Of versions, or a tag; no place to take a package from, which has a slash or a colon in it."""
_HOST = r"[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?+(?::[1-9][0-9]{3,4})?+"
"""With a port that is not the default."""
_PLACE = rf"https?://{_HOST}(?:/(?!-/)@?{_WORD}++)++"
_FILE = rf"(?:@{_WORD}++/)?+[A-Za-z0-9_][A-Za-z0-9_.~+-]*+(?<=\.tgz)"
_CLASSIC = re.compile(
    rf"(\")?+({_NAME})@(?:npm:({_NAME})@)?+{_RANGE}(?(1)\")"
    r"(?:, (?:\"[^\x00-\x1f\x7f\"\\:]*+\"|[A-Za-z][^\s\",:]*+))*+:\n"
    r"  version \"([!#-\[\]-~]++)\"\n"
    rf"(?:  resolved \"({_PLACE})/-/{_FILE}(#[0-9a-f]{{40}})?+\"\n)?+"
    r"(?:  integrity (sha512-[A-Za-z0-9+/]{86}==|sha1-[A-Za-z0-9+/]{27}=)\n)?+"
    rf"{_NESTED}{_END}|{_OTHER}"
)
_BERRY = re.compile(
    rf"\"(?!__metadata){PLAIN}++\":\n"
    r"  version: ([0-9A-Za-z.+-]++)\n"
    rf"  resolution: \"({_NAME})@(?:npm|workspace):[^\x00-\x1f\x7f\":\\]*+\"\n"
    rf"{_NESTED}"
    rf"(?:  checksum: [0-9A-Za-z/]++\n)?+(?:  conditions: [a-z(]{PLAIN}*+\n)?+"
    rf"  languageName: [a-z]++\n  linkType: [a-z]++\n{_END}|{_OTHER}"
)
_BASE64 = len("sha512-")
_LONG = _BASE64 + 88
"""Of what states a SHA-512; a SHA-1 identifies nothing."""
_MOST_OTHER = 4
"""Where more than one part of so many is written otherwise, all is read exactly."""
_NO_START = (" ", ":")
"""Of what belongs to the lines above it."""

_Exact = Callable[[str, Notes], Iterable[Pin]]
_Row = tuple[str, ...]


def tell(text: str, exact: _Exact) -> Columns | None:
    """Tell what a whole yarn.lock states; None where it is not written as most are.

    `exact` reads the text of the entries that are not.
    """
    if text.count("\n") > MOST_LINES or "<<<<<<<" in text:
        return None
    is_berry = "\n__metadata:\n" in text
    rows = (_BERRY if is_berry else _CLASSIC).findall(f"{text}\n")
    pins = _read([row[-1] for row in rows if row[-1]], len(text) // _MOST_OTHER, exact)
    return None if pins is None else with_pins((_berry if is_berry else _classic)(rows), pins)


def _read(others: Sequence[str], most: int, exact: _Exact) -> Sequence[Pin] | None:
    """Return the pins of the `others`, None where not all of them can be read by themselves."""
    if sum(map(len, others)) > most or any(other.startswith(_NO_START) for other in others):
        return None
    notes = Notes()
    pins = list(exact("\n".join(others), notes))
    return None if notes.skipped else pins


def _berry(rows: Sequence[_Row]) -> Columns:
    """Return what entries of the registry and of workspaces state: neither URL nor digest."""
    return _columns([(name, version) for version, name, _ in rows if name], [], [])


def _classic(rows: Sequence[_Row]) -> Columns:
    usual = [(row[2] or row[1], *row[3:-1]) for row in rows if row[1]]
    files = {
        (place.removesuffix(name), bool(sha1 or integrity))
        for name, _, place, sha1, integrity in usual
        if place
    }
    return _columns(
        [(row[0], row[1]) for row in usual],
        [a2b_base64(row[4][_BASE64:]).hex() for row in usual if len(row[4]) == _LONG],
        [_traits(base, has_hash=has_hash) for base, has_hash in files],
    )


def _columns(
    releases: Sequence[tuple[str, str]], digests: Sequence[str], traits: Sequence[Traits]
) -> Columns:
    return Columns(
        count=len(releases),
        ecosystem=Ecosystem.NPM,
        releases=releases,
        digests=digests,
        filenames=(),
        traits=traits,
    )


def _traits(base: str, *, has_hash: bool) -> Traits:
    """Return those of files below `base` and the name of their entry, if that is at its end."""
    flags = (() if has_hash else ("no-hash",)) + (() if base.endswith("/") else ("name-differs",))
    return Traits(Ecosystem.NPM, REGISTRY, host_in(base), False, False, flags)  # noqa: FBT003
