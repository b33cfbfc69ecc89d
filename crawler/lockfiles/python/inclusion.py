"""Requirements files that another file names: pip's `-r` and `-c`, setuptools' `file:` and their like.

What is included is said where it stands, with the way to it (`Skipped.at`); `crawler.lockfiles.including` follows that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from crawler.lockfiles.python.requirements_text import options_of
from crawler.model.urls import redact

__all__ = ["below_root", "included_in", "named_after_requirements", "say_included"]

_ENDINGS = (".txt", ".lock", ".in")
_WORD = re.compile(r"(?:^|[._-])(?:requirement|constraint)")
_FOLDERS = frozenset({"requirement", "requirements", "constraint", "constraints"})
_REMOTE = re.compile(r"(?!file:)[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)
_ROOT = re.compile(r"\{(?:toxinidir|tox_root|root)\}[/\\]?")
"""What tox and hatch put the folder of their own file for."""
_OPTIONS = frozenset({"--requirement", "--constraint"})


def named_after_requirements(path: str, endings: tuple[str, ...]) -> bool:
    """Say whether the name of a file with one of `endings`, or a folder around it, speaks of requirements."""
    folder, _, name = path.lower().rpartition("/")
    if not name.endswith(endings):
        return False
    stem = name.rpartition(".")[0]
    in_folder = bool(stem) and not _FOLDERS.isdisjoint(folder.split("/"))
    return in_folder or _WORD.search(stem) is not None


def included_in(text: str) -> Iterator[str]:
    """Yield what the options in `text`, which begins with one, include."""
    for option in options_of(text) or ():
        if option.name in _OPTIONS and option.value:
            yield option.value


def below_root(stated: str) -> str:
    """Return a path without what tox and hatch put the folder of their own file for."""
    return _ROOT.sub("", stated)


def say_included(
    say: Callable[[str, str, str | None], None], context: str, stated: str, *, always: bool = False
) -> None:
    """Say of a file that is included as `stated` in `context` how it is read.

    Nothing of one that its own name tells, unless `always`: of manifests, which are read in full without it.
    """
    place = below_root(stated)
    context = f"{context}: {redact(stated)[:200]}"
    if _REMOTE.match(place):
        say(context, "remote include, not read", None)
    elif not named_after_requirements(place, _ENDINGS):
        say(context, "included file, read only where its path is that of a lock", place)
    elif always:
        say(context, "included file, read on its own", place)
