"""What the options of a requirements file say of indexes, and what they include, for the whole run of pip that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from crawler.lockfiles.pip_runs import of_links, run_setting
from crawler.lockfiles.python.inclusion import below_root
from crawler.lockfiles.python.requirements_text import Option, options_of
from crawler.model import LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import redact

__all__ = ["RunOptions"]

_MOST_PLACES = 20
"""Every pin of the file carries them."""
_LONGEST = 200
"""Characters of a URL."""


@dataclass(slots=True)
class RunOptions:
    """What the options of one file say, in the order in which they are added."""

    index: str = ""
    """The last `-i`; empty: the configured index."""
    extra: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    without_index: bool = False

    def add_line(self, text: str) -> None:
        """Note what the options in `text`, which begins with one, say; tox calls its own folder `{toxinidir}`."""
        for option in options_of(text) or ():
            self.add(option)

    def add(self, option: Option) -> None:
        """Note what `option` says of indexes and files; any other says nothing."""
        match option.name:
            case "--index-url":
                self.index = _listed(option.value)
            case "--extra-index-url":
                _add(self.extra, option.value)
            case "--find-links":
                _add(self.links, option.value)
            case "--requirement" | "--constraint":
                self.includes.append(redact(below_root(option.value)))
            case "--no-index":
                self.without_index = True
            case _:
                pass

    @property
    def origin(self) -> Origin:
        """Where pip looks for a name of this file: with `--no-index` only at the links, of which one stands for all."""
        if self.without_index:
            return of_links(self.links)
        return Origin(kind=OriginKind.REGISTRY, location=" ".join((self.index, *self.extra)))

    def pins(self, lines: LineSpan) -> Iterator[Pin]:
        """Yield what is kept of it: one pin, or none where it says nothing."""
        places = [*self.extra, *self.links]
        if not (self.index or places or self.includes or self.without_index):
            return
        whole = Origin(kind=OriginKind.REGISTRY, location=" ".join((self.index, *places)))
        yield run_setting(self.origin if self.without_index else whole, self.includes, lines)


def _add(places: list[str], stated: str) -> None:
    place = _listed(stated)
    if place not in places and len(places) < _MOST_PLACES:
        places.append(place)


def _listed(place: str) -> str:
    return redact(place).replace(" ", "%20")[:_LONGEST]
