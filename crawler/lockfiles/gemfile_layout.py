"""The layout in which bundler writes its lock: sections, a blank line between them."""

from __future__ import annotations

import re

from crawler.lockfiles.lines import MOST_LINES
from crawler.model import Ecosystem
from crawler.model.block import Columns

__all__ = ["tell"]

_NAME = r"[A-Za-z0-9_.-]++"
_VERSION = r"[A-Za-z0-9_.]++"
_PLATFORM = r"(?:-[A-Za-z0-9_.-]*+)?+"
_GEM = re.compile(rf"^    ({_NAME}) \(({_VERSION})({_PLATFORM})\)$", re.MULTILINE)
"""Three groups: name, version, and the platform with its dash."""
_SOURCE = re.compile(
    r"(?:GEM|GIT|PATH|PLUGIN SOURCE)\n"
    r"(?:  [a-z_]{1,20}+:(?: [^\n]*+)?+\n)++"
    rf"(?:    {_NAME} \({_VERSION}{_PLATFORM}\)\n(?:      {_NAME}(?: \([^()\n]*+\))?+!?+\n)*+)*+"
)
_CHECKSUM = re.compile(
    rf"^  ({_NAME}) \(([A-Za-z0-9_.-]++)\)(?: sha256=([0-9a-f]{{64}}))?+$", re.MULTILINE
)
_ASIDE = re.compile(r"(?:PLATFORMS|DEPENDENCIES|RUBY VERSION|BUNDLED WITH)\n(?:  [^\n]*+\n)*+")
"""Nothing in these is installed from anywhere."""

_Row = tuple[str, str, str]


def tell(text: str) -> Columns | None:
    """Tell what a whole lock of bundler states; None where it is not written as most are.

    A merge conflict has a line `=======`, which no pattern lets through.
    """
    if text.count("\n") > MOST_LINES:
        return None
    gems: list[_Row] = []
    checksums: dict[tuple[str, str], str] = {}
    for section in text.removesuffix("\n").split("\n\n"):
        lines = f"{section}\n"
        if _SOURCE.fullmatch(lines):
            gems += _GEM.findall(section)
        elif section.startswith("CHECKSUMS\n"):
            rows: list[_Row] = _CHECKSUM.findall(section)
            if len(rows) != section.count("\n"):
                return None
            checksums.update({(name, version): digest for name, version, digest in rows})
        elif _ASIDE.fullmatch(lines) is None:
            return None
    return _columns(gems, checksums)


def _columns(gems: list[_Row], checksums: dict[tuple[str, str], str]) -> Columns:
    """A checksum is that of a gem only where it has its name, version and platform."""
    stated = [checksums.get((name, version + rest)) for name, version, rest in gems]
    return Columns(
        count=len(gems),
        ecosystem=Ecosystem.GEM,
        releases=[(name, version) for name, version, _ in gems],
        digests=[digest for digest in stated if digest],
        filenames=(),
        traits=(),
    )
