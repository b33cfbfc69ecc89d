"""Which files of a repository a requirements file includes: `-r` and `-c`, as pip follows them."""

from __future__ import annotations

import posixpath

from crawler.errors import GiveUp
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.python.requirements_text import (
    decode_requirements,
    logical_lines,
    options_of,
)
from crawler.lockfiles.registry import parse

__all__ = ["included_by"]

_FORMATS = frozenset({"requirements", "requirements-input"})
_OPTIONS = frozenset({"--requirement", "--constraint"})
_MOST = 100


def included_by(path: str, data: bytes, lock_format: str | None = None) -> tuple[str, ...]:
    """Return the paths that the requirements file at `path` includes, at most 100, in their order.

    None where it is not a requirements file; `lock_format` says what it is where its name does not. What lies
    outside of the repository, or on another machine, is none of them.
    """
    found = lock_format or parse(path, data).format
    if found not in _FORMATS:
        return ()
    try:
        lines = list(logical_lines(decode_requirements(data, Notes())))
    except GiveUp:
        return ()
    stated = (
        option.value
        for line in lines
        if line.text.startswith("-")
        for option in options_of(line.options) or ()
        if option.name in _OPTIONS
    )
    folder = posixpath.dirname(path)
    places = (posixpath.normpath(posixpath.join(folder, one)) for one in stated if _is_here(one))
    inside = (one for one in places if one not in {".", ".."} and not one.startswith("../"))
    return tuple(dict.fromkeys(inside))[:_MOST]


def _is_here(place: str) -> bool:
    return bool(place) and not place.startswith("/") and "://" not in place and "\\" not in place
