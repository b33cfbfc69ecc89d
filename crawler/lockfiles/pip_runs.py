"""Where a run of pip looks for packages: all that its requirements files say, whichever includes the other.

Source: pip, `_internal/req/req_file.py` (`handle_option_line`): `-i`, `--extra-index-url`, `--no-index` and `-f` of any
file, constraints too, count for all that the run installs; uv does the same.

What one file says is kept as a pin of no package, so that whatever keeps pins keeps it: the flag `pip-run`, then what the
file includes, as it stands there. Its origin names the index (empty: the configured one) and all that is asked besides.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import is_local

__all__ = ["RUN_FORMATS", "PipRuns", "of_links", "resolved", "run_setting", "says_of_runs"]

RUN_FORMATS = frozenset(
    {
        "conda-environment",
        "noxfile",
        "requirements",
        "requirements-input",
        "setup-cfg",
        "tox-manifest",
    }
)
"""Formats whose lines are given to pip as those of a requirements file."""
_RUN = "pip-run"
_MOST_INCLUDED = 100
_MOST_RUNS = 100
"""Those that begin nearest to a file; of these first those that name a place."""
_MOST_FILES = 200
"""Of one run."""
_NOWHERE = Origin(kind=OriginKind.REGISTRY)
"""What a file says that names no place."""
_MOST_PLACES = 20
"""Indexes and links of one run."""


def run_setting(origin: Origin, includes: Sequence[str], lines: LineSpan) -> Pin:
    """Return what is kept of a file that sends pip to `origin` and includes other files, as it names them."""
    return Pin(
        ecosystem=Ecosystem.PYPI,
        name=None,
        version=None,
        origin=origin,
        lines=lines,
        flags=(_RUN, *includes[:_MOST_INCLUDED]),
    )


def says_of_runs(pin: Pin) -> bool:
    """Say whether `pin` is what `run_setting` makes."""
    return pin.flags[:1] == (_RUN,)


def resolved(path: str, way: str) -> str | None:
    """Return where the `way` leads from the folder of `path`, or None where that is not in the repository."""
    if not way or way.startswith("/") or "://" in way or "\\" in way:
        return None
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), way))
    return None if there in {".", ".."} or there.startswith("../") else there


def _together(origins: Sequence[Origin]) -> Origin:
    """Return where a run looks whose files say `origins`: at every index that any of them names."""
    stated = [one.location.split(" ") for one in origins]
    if any(one.kind is OriginKind.FIND_LINKS for one in origins):
        return of_links([place for places in stated for place in places if place])
    indexes = dict.fromkeys(places[0] for places in stated if places[0])
    besides = dict.fromkeys(place for places in stated for place in places[1:])
    asked = [*(indexes or [""]), *besides][:_MOST_PLACES]
    return Origin(kind=OriginKind.REGISTRY, location=" ".join(asked))


def of_links(links: Sequence[str]) -> Origin:
    """Return the origin of what is taken from `links` alone; one on another machine comes first."""
    place = next(iter(sorted(links, key=is_local)), "")
    return Origin(kind=OriginKind.FIND_LINKS, location=place)


@dataclass(frozen=True, slots=True)
class PipRuns:
    """The runs of pip in a repository: which file includes which. Made once for all of its locks."""

    said: Mapping[str, Sequence[Pin]]
    """What was kept of each file that says anything of its run, by path."""
    ways: Mapping[str, Sequence[str]]
    """What each of them includes."""
    back: Mapping[str, Sequence[str]]
    """What includes each."""
    _known: dict[str, Origin] = field(default_factory=dict)

    @classmethod
    def among(cls, read: Mapping[str, Sequence[Pin]]) -> PipRuns:
        """Return the runs of files of which `read` was kept, by path."""
        said = {
            path: kept for path, pins in read.items() if (kept := [*filter(says_of_runs, pins)])
        }
        ways = {path: _included(path, pins) for path, pins in said.items()}
        back = defaultdict[str, list[str]](list)
        for path in sorted(ways, key=lambda one: all(pin.origin == _NOWHERE for pin in said[one])):
            for one in ways[path]:
                back[one].append(path)
        return cls(said, ways, back)

    def at(self, path: str) -> Mapping[str, Origin]:
        """Return where each run looks that installs the file at `path`: its own one, and that of each file that includes it.

        By the file that the run begins with; nothing where none of them says anything.
        """
        starts = _reached(path, self.back, _MOST_RUNS)
        known = len(starts) > 1 or path in self.said
        return {start: self._origin(start) for start in starts} if known else {}

    def _origin(self, start: str) -> Origin:
        if start not in self._known:
            reached = _reached(start, self.ways, _MOST_FILES)
            every = [pin.origin for one in reached for pin in self.said.get(one, ())]
            self._known[start] = _together(every)
        return self._known[start]


def _included(path: str, pins: Sequence[Pin]) -> tuple[str, ...]:
    ways = (resolved(path, way) for pin in pins for way in pin.flags[1:])
    return tuple(dict.fromkeys(there for there in ways if there is not None))


def _reached(start: str, ways: Mapping[str, Sequence[str]], most: int) -> Sequence[str]:
    """Return `start` and what `ways` lead to from there, the nearest first, each once and at most so many."""
    reached = {start: None}
    for one in (waiting := [start]):
        fresh = [there for there in ways.get(one, ()) if there not in reached]
        fresh = fresh[: most - len(reached)]
        reached.update(dict.fromkeys(fresh))
        waiting += fresh
    return waiting
