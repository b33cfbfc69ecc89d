"""What `tests/data/feeds/<word>` says of the sources of `feeds.registry`: a folder each, in one form.

`feed.toml` names the feeds, their settings and every kind of answer that they read; beside it lie a
`sample` for those that read a path, and for those of the network what is served at chapter 1, 2, ... of
the story: `<chapter>/<host>/<path>`, below `git.example` as files of the repository `<owner>/<name>`.
The newest chapter that is there is told until the next one comes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feeds.registry import SOURCES
from workers.demo.web import Request

__all__ = [
    "FEED_DATA",
    "TARGETS",
    "FeedData",
    "Target",
    "answers_at",
    "settings_of_world",
    "verdicts_at",
]

_FOLDER = Path(__file__).parents[1] / "data/feeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A kind of answer of one feed."""

    feed: str
    path: str = ""
    """How the path of the question ends."""
    below: str = ""
    """What the path of the question holds."""
    method: str = "GET"
    says: str = ""
    """What the body of the question holds."""
    is_first: bool = False
    """Whether it is asked at the first poll only."""
    is_slow: bool = False
    """Whether it goes the way of another one, and is left to the slow tier."""
    spared: frozenset[str] = field(default_factory=frozenset)
    """Attacks that are no lie here: a 404 is what the index says of a project that is gone."""

    def hits(self, request: Request) -> bool:
        """Say whether `request` asks for such an answer."""
        return (
            request.method == self.method
            and request.path.endswith(self.path)
            and self.below in request.path
            and self.says.encode() in request.body
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedData:
    """The folder of one source."""

    feeds: tuple[str, ...]
    """Names of its feeds, without paths."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Under which it is served by `tests.servers.feeds_world`."""
    answers: Mapping[str, Target] = field(default_factory=dict)
    beginning: str | None = None
    """The cursor to start from, where a first poll says nothing by itself."""
    verdicts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Chapter -> what `ghosts list` says by it alone, from then on."""
    sample: str | None = None
    """The file that is read, where the source reads a path."""


def _read(word: str) -> FeedData:
    found: dict[str, Any] = tomllib.loads((_FOLDER / word / "feed.toml").read_text("utf-8"))
    targets = {
        name: Target(**{**given, "spared": frozenset(given.get("spared", ()))})
        for name, given in found.pop("answers", {}).items()
    }
    sample = found.pop("sample", None)
    return FeedData(
        feeds=tuple(found.pop("feeds")),
        answers=targets,
        sample=None if sample is None else str(_FOLDER / word / sample),
        **found,
    )


FEED_DATA: Mapping[str, FeedData] = {word: _read(word) for word in SOURCES}
"""By the word of `seed --from`."""
TARGETS: Mapping[str, Target] = {
    name: target for data in FEED_DATA.values() for name, target in data.answers.items()
}


def settings_of_world() -> Mapping[str, Any]:
    """Return the section `[feeds]` under which every source of the network is served."""
    return {key: value for data in FEED_DATA.values() for key, value in data.settings.items()}


def answers_at(chapter: int) -> Mapping[str, bytes]:
    """Return what lies in the folders of all sources at `chapter`, by `<host>/<path>`."""
    return {
        key: body for word in SOURCES for key, body in _answers(_FOLDER / word, chapter).items()
    }


def verdicts_at(chapter: int) -> frozenset[str]:
    """Return the verdicts that the data of all sources expect at `chapter`; see `FeedData.verdicts`."""
    found = set[str]()
    for data in FEED_DATA.values():
        told = [number for number in data.verdicts if int(number) <= chapter]
        found.update(data.verdicts[max(told, key=int)] if told else ())
    return frozenset(found)


def _answers(folder: Path, chapter: int) -> Mapping[str, bytes]:
    told = [n for n in range(1, chapter + 1) if (folder / str(n)).is_dir()]
    if not told:
        return {}
    root = folder / str(told[-1])
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
