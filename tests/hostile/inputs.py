"""What a hostile input is: a name, a path and bytes that are only made when they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.hostile.good import GOOD

__all__ = ["MIB", "Hostile", "Make", "after", "instead", "of_each", "one"]

MIB = 1024 * 1024
Make = Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One hostile file; the letter and number of its id are those of the list of hostile inputs."""

    id: str
    """`C-nested-arrays-1000:uv.lock`."""
    path: str
    """Chooses the parser."""
    make: Make
    broken: bool = False
    """Whether no tool reads it: then it may never be `Readable.FULLY`."""

    @property
    def letter(self) -> str:
        """The group: C (TOML), D (JSON), E (YAML) or F (names, URLs, files)."""
        return self.id[0]


def one(name: str, path: str, make: Make, *, broken: bool = False) -> Hostile:
    """Return the input `name` for the format of `path`."""
    return Hostile(id=f"{name}:{path}", path=path, make=make, broken=broken)


def of_each(
    name: str, paths: tuple[str, ...], make: Callable[[bytes], bytes], *, broken: bool = False
) -> Iterator[Hostile]:
    """Yield for each of `paths` what `make` makes of the good lock of that name."""
    for path in paths:
        yield one(name, path, partial(lambda path: make(GOOD[path]), path), broken=broken)


def instead(pattern: bytes, new: Callable[[], bytes]) -> Callable[[bytes], bytes]:
    """Return a maker that puts `new` in the place of the first thing that matches `pattern`."""

    def make(good: bytes) -> bytes:
        changed, count = re.subn(pattern, lambda _: new(), good, count=1)
        if count != 1:
            msg = f"the good lock has no {pattern!r}"
            raise ValueError(msg)
        return changed

    return make


def after(tail: Callable[[], bytes]) -> Callable[[bytes], bytes]:
    """Return a maker that appends `tail`."""
    return lambda good: good + tail()
