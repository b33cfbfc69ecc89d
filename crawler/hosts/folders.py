"""Repositories that are folders below an address, at any depth (cgit, gitweb, Gerrit); pure.

These programs know a repository by the name of its folder: blanks, any script, with `.git` or without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import Refused
from crawler.model import Repository

if TYPE_CHECKING:
    from crawler.hosts.interface import HostSettings

__all__ = ["folder_repository", "quoted_folder"]

_MOST_PARTS = 20
_LONGEST_PART = 255
"""Bytes; NAME_MAX of the file systems that such a server keeps its repositories on."""


def folder_repository(settings: HostSettings, clone_base: str, path: str) -> Repository:
    """Return the repository that the host calls `path`, cloned from below `clone_base`.

    The name is kept as it is: `a` and `a.git` are two folders, and permalinks are made of it.
    Raises Refused for what is no path of a folder.
    """
    return Repository(
        host=settings.name, path=path, clone_url=f"{clone_base}/{quoted_folder(path)}"
    )


def quoted_folder(path: str) -> str:
    """Return `path` percent-encoded for a URL, its slashes kept.

    Raises Refused for parts that are empty, `.`, `..` or `.git`, that git would take for an option,
    or that a person cannot see in full (control and direction characters, blanks at an end).
    """
    parts = path.split("/")
    if len(parts) > _MOST_PARTS or not all(map(_is_part, parts)):
        raise Refused(f"{path[:200]!r} is no path of a repository")
    return quote(path, safe="/+@")


def _is_part(part: str) -> bool:
    odd = part in {"", ".", "..", ".git"} or part.startswith("-") or part != part.strip()
    return (
        not odd
        and "\\" not in part
        and part.isprintable()
        and len(part.encode("utf-8", "surrogatepass")) <= _LONGEST_PART
    )
