"""Which commit brought a pin, and which one took it away: git's own `log -S` over a bounded history.

One fetch for commits and trees, one for the versions of the locks in question. What lies deeper is not
looked at, which the history says. Of authors only whether they are a bot is looked at, and dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.model import PinHistory

if TYPE_CHECKING:
    from crawler.git.commandline import CommandLineReader

__all__ = ["DEPTH", "PinPlace", "pin_histories"]

DEPTH = 200
"""Commits; git hosts send so many of nearly every repository at once."""
_MOST_BLOBS = 400
"""Versions of all locks in question."""
_FIELD = "\x1f"
_ADDED = "A"
_BOT = re.compile(
    r"\[bot\]$|^(?:dependabot|renovate|pyup|depfu|greenkeeper|snyk|mend)(?:[ -]?bot)?$",
    re.IGNORECASE,
)
_ZONE = re.compile(r"(?P<sign>[+-])(?P<hours>0[0-9]|1[0-4])(?P<minutes>[0-5][0-9])")
_RAW = re.compile(r":[0-7]{6} [0-7]{6} (?P<old>[0-9a-f]+) (?P<new>[0-9a-f]+) (?P<status>[A-Z])\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class PinPlace:
    """A pin, by the lock that has it and by what is written there."""

    path: str
    """Of the lock, as in the tree."""
    manifests: frozenset[str] = frozenset()
    """Paths of the manifests that its tool may read beside it."""
    words: tuple[str, ...]
    """What the lock may call it, the most precise first: a digest, a URL, a file name."""
    is_there: bool
    """Whether the commit that is asked about has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    commit: str
    at: datetime | None
    utc_offset: int | None
    by_bot: bool


def pin_histories(
    reader: CommandLineReader, url: str, commit: str, places: Sequence[PinPlace]
) -> Mapping[PinPlace, PinHistory]:
    """Return the history of each pin below `commit`, by two fetches.

    Raises the errors of `crawler.git.interface.ObjectReader`.
    """
    reader.commits(url, commit, DEPTH)
    seen = [_change(line) for line in _lines(reader, ["--topo-order", commit])]
    boundary = reader.fetched_boundary()
    files = {place.path: _versions(reader, commit, place.path) for place in places}
    oids = dict.fromkeys(oid for versions in files.values() for oid in versions)
    if oids:
        reader.blobs(url, list(oids)[:_MOST_BLOBS])
    whole = PinHistory(
        commits=len(seen), whole=not boundary, first_at=seen[-1].at if seen else None
    )
    if len(oids) > _MOST_BLOBS:
        return dict.fromkeys(places, whole)
    return {place: _history(reader, commit, place, whole, boundary) for place in places}


def _history(
    reader: CommandLineReader,
    commit: str,
    place: PinPlace,
    all_of_it: PinHistory,
    boundary: frozenset[str],
) -> PinHistory:
    changes = next(filter(None, (_changes(reader, commit, place, w) for w in place.words)), [])
    if not changes:
        return all_of_it
    first, last = changes[0], changes[-1]
    came = first.commit not in boundary
    changed = _changed(reader, first.commit) if came else {}
    gone = None if place.is_there or last.commit == first.commit else last
    return PinHistory(
        commits=all_of_it.commits,
        whole=all_of_it.whole,
        first_at=all_of_it.first_at,
        entered_commit=first.commit if came else None,
        entered_at=first.at if came else None,
        utc_offset=first.utc_offset if came else None,
        entered_with_others=len(changed.keys() - place.manifests - {place.path}) if came else None,
        entered_with_lock=changed.get(place.path) == _ADDED if came else None,
        by_bot=first.by_bot if came else None,
        left_commit=None if gone is None else gone.commit,
        left_at=None if gone is None else gone.at,
    )


def _changes(reader: CommandLineReader, commit: str, place: PinPlace, word: str) -> list[_Change]:
    """Return the commits that change how often the lock has `word`, the oldest first."""
    arguments = [f"-S{word}", "--reverse", "--no-renames", commit, "--", place.path]
    return [_change(line) for line in _lines(reader, arguments)]


def _versions(reader: CommandLineReader, commit: str, path: str) -> Iterator[str]:
    """Yield the blobs that the history of a lock names."""
    raw = reader.log(["--format=", "--raw", "--no-abbrev", "--no-renames", commit, "--", path])
    for found in map(_RAW.match, raw.splitlines()):
        if found is not None:
            yield from (oid for oid in (found["old"], found["new"]) if oid.strip("0"))


def _changed(reader: CommandLineReader, commit: str) -> Mapping[str, str]:
    """Return what `commit` did to each file that it changed, as git's letter for it."""
    what = ["-1", "--format=", "--raw", "--no-abbrev", "--no-renames", "--root", "-z", commit]
    words = reader.log(what).split("\0")
    return {path: entry[-1] for entry, path in zip(words[::2], words[1::2], strict=False)}


def _lines(reader: CommandLineReader, arguments: Iterable[str]) -> list[str]:
    options = ["--date=format:%z", f"--format={_FIELD.join(('%H', '%at', '%ad', '%an'))}"]
    return [line for line in reader.log([*options, *arguments]).split("\n") if line]


def _change(line: str) -> _Change:
    commit, seconds, zone, author = line.split(_FIELD, 3)
    return _Change(
        commit=commit,
        at=_instant(seconds),
        utc_offset=_offset(zone),
        by_bot=_BOT.search(author) is not None,
    )


def _instant(seconds: str) -> datetime | None:
    """Return an author date, or None for one that no calendar has: it is whatever somebody wrote."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _offset(zone: str) -> int | None:
    """Return the minutes of a time zone (`+0530`), or None for one that no country has."""
    found = _ZONE.fullmatch(zone)
    if found is None:
        return None
    minutes = int(found["hours"]) * 60 + int(found["minutes"])
    return -minutes if found["sign"] == "-" else minutes
