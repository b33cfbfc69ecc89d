"""gitweb: all repositories in one answer, permalinks; read over git, which another program serves.

Source: gitweb(1), "Projects list file format" and "Actions, and urls" (git's documentation).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from crawler.errors import GiveUp, Malformed, Refused, Retry
from crawler.hosts.folders import folder_repository, quoted_folder
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_commit, quoted_file_path
from crawler.model import Repository, Skipped
from crawler.net import Bucket, HttpLimits

if TYPE_CHECKING:
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Gitweb"]

_INDEX = HttpLimits(max_bytes=16 * 1024 * 1024)
_MOST_LINES = 100_000
"""Public gitwebs have up to some ten thousand repositories."""
_ENCODED = re.compile(rb"(?:[!-$&-~]|%[0-9A-Fa-f]{2}){1,4000}+")


class Gitweb:
    """Host and Lister; anonymous, a token is never sent."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the gitweb at `web_url`; git is spoken below `api_url`, else below `web_url`."""
        self._settings = settings
        self._http = http
        self._clone_base = settings.api_url or settings.web_url

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository that gitweb calls `path` (`team/app.git`) without asking; raises Refused."""
        return folder_repository(self._settings, self._clone_base, path)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/?p=R;a=blob;f=path;hb=commit#l3` at the web address; gitweb links to a single line."""
        line = "" if lines is None else f"#l{lines.first}"
        project = quoted_folder(repository.path).replace("+", "%2B")
        where = f"f={quoted_file_path(path)};hb={checked_commit(commit)}"
        return f"{self._settings.web_url}/?p={project};a=blob;{where}{line}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for all repositories at once (`a=project_index`); there is no second page.

        Who owns a repository stands in the answer and is dropped. Raises Defer, Retry (also for a
        page in place of the list), Refused (a redirect, a cursor) and the like.
        """
        if cursor is not None:
            raise Refused(f"{cursor[:20]!r}: gitweb's list has one page")
        lines = _lines(self._index())
        repositories: dict[str, Repository] = {}
        skipped: list[Skipped] = []
        for number, line in enumerate(lines[:_MOST_LINES], start=1):
            try:
                repository = self.repository(_name(line))
            except GiveUp as error:
                skipped.append(Skipped(context=f"line {number} of the list", reason=str(error)))
            else:
                repositories[repository.path] = repository
        if len(lines) > _MOST_LINES:
            context = f"lines {_MOST_LINES + 1} to {len(lines)} of the list"
            skipped.append(Skipped(context=context, reason="the list is too long"))
        return ListPage(
            repositories=tuple(repositories.values()),
            next_cursor=None,
            total=len(lines),
            skipped=tuple(skipped),
        )

    def _index(self) -> Answer:
        bucket = Bucket(host=self._settings.name, resource="web", identity=self._settings.identity)
        url = f"{self._settings.web_url}/?a=project_index"
        answer = self._http.request("GET", url, limits=_INDEX, bucket=bucket)
        return answer.raise_for_status()


def _lines(answer: Answer) -> list[bytes]:
    """Return the lines of an answer that is plain text; raise Retry for any other."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "text/plain":
        raise Retry(f"{answer.url}: expected gitweb's list as text, got a page; ask again later")
    return [line for line in answer.body.split(b"\n") if line.strip()]


def _name(line: bytes) -> str:
    """Return the name of a line `name owner`, both encoded as in a query; raise Malformed."""
    encoded = line.split(b" ", 1)[0].rstrip(b"\r")
    if not _ENCODED.fullmatch(encoded):
        raise Malformed("expected a percent-encoded name")
    try:
        return unquote_plus(encoded.decode("ascii"), errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("the name is not UTF-8") from error
