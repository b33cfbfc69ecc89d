"""gitweb: all repositories in one answer, permalinks; read over git, which another program serves.

Source: gitweb(1), "Projects list file format" and "Actions, and urls" (git's documentation).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from crawler.errors import Malformed, Retry
from crawler.hosts.checked_names import checked_folder, quoted_folder
from crawler.hosts.cursors import invalid_cursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.pages import list_page
from crawler.model import Skipped
from crawler.net import HttpLimits

if TYPE_CHECKING:
    from crawler.hosts.interface import ListPage
    from crawler.model import Repository
    from crawler.net import Answer

__all__ = ["Gitweb"]

_INDEX = HttpLimits(max_bytes=16 * 1024 * 1024)
_MOST_LINES = 100_000
"""Public gitwebs have up to some ten thousand repositories."""
_ENCODED = re.compile(rb"(?>[!-$&-~]|%[0-9A-Fa-f]{2}){1,4000}+")


class Gitweb(Forge):
    """Host and Lister; anonymous. Its list is at `web_url`, git below `api_url` where that is set."""

    dialect = Dialect(
        checked=checked_folder,
        quoted=lambda path: quoted_folder(path).replace("+", "%2B"),
        cloned=quoted_folder,
        page="?p={path};a=blob;f={file};hb={commit}",
        lines=fragment("#l"),
        clones_at_api=True,
    )

    def list(self, cursor: str | None) -> ListPage:
        """Ask for all repositories at once (`a=project_index`); there is no second page.

        Who owns a repository stands in the answer and is dropped. Raises Defer, Retry (also for a
        page in place of the list), Refused (a redirect, a cursor) and the like.
        """
        if cursor is not None:
            raise invalid_cursor(cursor, "none, this list has one page")
        lines = _lines(self._get_page(f"{self._settings.web_url}/?a=project_index", _INDEX))
        beyond: tuple[Skipped, ...] = ()
        if len(lines) > _MOST_LINES:
            context = f"lines {_MOST_LINES + 1} to {len(lines)} of the list"
            beyond = (Skipped(context=context, reason="the list is too long"),)
        numbered = enumerate(lines[:_MOST_LINES], start=1)
        page = list_page(
            ((f"line {number} of the list", line) for number, line in numbered),
            self._named,
            skipped=beyond,
        )
        by_path = {repository.path: repository for repository in page.repositories}
        return replace(page, repositories=tuple(by_path.values()))

    def _named(self, line: bytes) -> Repository:
        """Read a line `name owner`, both encoded as in a query; raises Malformed or Refused."""
        encoded = line.split(b" ", 1)[0].rstrip(b"\r")
        if not _ENCODED.fullmatch(encoded):
            raise Malformed("expected a percent-encoded name")
        try:
            return self.repository(unquote_plus(encoded.decode("ascii"), errors="strict"))
        except UnicodeDecodeError as error:
            raise Malformed("the name is not UTF-8") from error


def _lines(answer: Answer) -> list[bytes]:
    """Return the lines of an answer that is plain text; raise Retry for any other."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "text/plain":
        raise Retry(f"{answer.url}: expected gitweb's list as text, got a page; ask again later")
    return [line for line in answer.body.split(b"\n") if line.strip()]
