"""Any server that speaks the git protocol: repositories come from a list of URLs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.errors import Refused
from crawler.model import Repository

if TYPE_CHECKING:
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan

__all__ = ["PlainGit"]

_PART = re.compile(r"[A-Za-z0-9_~.+-]{1,100}", re.ASCII)
_MOST_PARTS = 10


class PlainGit:
    """Host without an API: it names and links, and finds nothing by itself."""

    def __init__(self, settings: HostSettings) -> None:
        """Stand for the host of `settings`; all its repositories lie below `web_url`."""
        self._settings = settings

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository at `path` below the host's address; raises Refused.

        `.git` at the end belongs to the clone URL and is kept there, but not in the repository's path.
        """
        parts = path.split("/")
        if len(parts) > _MOST_PARTS or not all(map(_is_part, parts)):
            msg = f"invalid repository path {path[:200]!r}: expected at most {_MOST_PARTS} plain names"
            raise Refused(msg)
        return Repository(
            host=self._settings.name,
            path=path.removesuffix(".git"),
            clone_url=f"{self._settings.web_url}/{path}",
        )

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> None:
        """Return None: of a plain Git server no web page is known, and none is made up."""


def _is_part(part: str) -> bool:
    return _PART.fullmatch(part) is not None and part not in {".", "..", ".git"} and part[0] != "-"
