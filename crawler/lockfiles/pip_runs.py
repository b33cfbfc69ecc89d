"""Where a run of pip looks for packages: all that its requirements files say, whichever includes the other.

Source: pip, `_internal/req/req_file.py` (`handle_option_line`): `-i`, `--extra-index-url`, `--no-index` and `-f` of any
file, constraints too, count for all that the run installs; uv does the same.

What one file says is kept as a pin of no package, so that whatever keeps pins keeps it: the flag `pip-run`, then what the
file includes, as it stands there. Its origin names the index (empty: the configured one) and all that is asked besides.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import is_local

__all__ = ["RUN_FORMATS", "of_links", "resolved", "run_setting", "runs_of", "says_of_runs"]

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


def runs_of(path: str, read: Mapping[str, Sequence[Pin]]) -> Mapping[str, Origin]:
    """Return where each run looks that installs the file at `path`: its own one, and that of each file that includes it.

    By the file that the run begins with; nothing where none of them says anything. `read` has what was kept of each
    file, by path.
    """
    said = {there: [pin for pin in pins if says_of_runs(pin)] for there, pins in read.items()}
    ways = {there: _included(there, pins) for there, pins in said.items() if pins}
    found = {}
    for start in (path, *ways):
        reached = _reached(start, ways)
        if path in reached:
            found[start] = _together([pin.origin for one in reached for pin in said.get(one, ())])
    return found if len(found) > 1 or path in ways else {}


def resolved(path: str, way: str) -> str | None:
    """Return where the `way` leads from the folder of `path`, or None where that is not in the repository."""
    if not way or way.startswith("/") or "://" in way or "\\" in way:
        return None
    there = posixpath.normpath(posixpath.join(posixpath.dirname(path), way))
    return None if there in {".", ".."} or there.startswith("../") else there


def _included(path: str, pins: Sequence[Pin]) -> tuple[str, ...]:
    ways = (resolved(path, way) for pin in pins for way in pin.flags[1:])
    return tuple(there for there in ways if there is not None)


def _reached(start: str, ways: Mapping[str, Sequence[str]]) -> dict[str, None]:
    """Return `start` and all that is included from there, each once."""
    reached, waiting = {start: None}, [start]
    while waiting:
        fresh = [one for one in ways.get(waiting.pop(), ()) if one not in reached]
        reached.update(dict.fromkeys(fresh))
        waiting += fresh
    return reached


def _together(origins: Sequence[Origin]) -> Origin:
    """Return where a run looks whose files say `origins`: at every index that any of them names."""
    stated = [one.location.split(" ") for one in origins]
    if any(one.kind is OriginKind.FIND_LINKS for one in origins):
        return of_links([place for places in stated for place in places if place])
    indexes = dict.fromkeys(places[0] for places in stated if places[0])
    besides = dict.fromkeys(place for places in stated for place in places[1:])
    return Origin(kind=OriginKind.REGISTRY, location=" ".join((*(indexes or [""]), *besides)))


def of_links(links: Sequence[str]) -> Origin:
    """Return the origin of what is taken from `links` alone; one on another machine comes first."""
    place = next(iter(sorted(links, key=is_local)), "")
    return Origin(kind=OriginKind.FIND_LINKS, location=place)
