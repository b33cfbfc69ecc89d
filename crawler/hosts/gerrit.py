"""Gerrit with Gitiles: list projects, permalinks; they are read over git.

Source: Gerrit's documentation, "/projects/ REST API" (List Projects) and "REST API" (the prefix that
keeps answers from being run as scripts); Gitiles' documentation for its URLs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import GiveUp, Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.folders import folder_repository, quoted_folder
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_commit, quoted_file_path
from crawler.hosts.overlap import Place
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Gerrit"]

_PER_PAGE = 100
_NO_SCRIPT = b")]}'"
_ACTIVE = "ACTIVE"


class Gerrit:
    """Host and Lister; anonymous, a token is never sent."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the Gerrit at `api_url`; without one it is at `web_url`, with Gitiles as its plug-in.

        With an `api_url` of another address, `web_url` is a Gitiles of its own.
        """
        self._settings = settings
        self._http = http
        self._api_url = settings.api_url or settings.web_url
        is_plugin = self._api_url == settings.web_url
        self._gitiles = f"{settings.web_url}/plugins/gitiles" if is_plugin else settings.web_url

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the project `path` (`platform/build`) without asking; raises Refused."""
        return folder_repository(self._settings, self._settings.web_url, path)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `/project/+/commit/path#3` below Gitiles, which links to a single line."""
        line = "" if lines is None else f"#{lines.first}"
        where = f"{checked_commit(commit)}/{quoted_file_path(path)}"
        return f"{self._gitiles}/{quoted_folder(repository.path)}/+/{where}{line}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 projects by name; those that hold no code are left out by the host.

        Only active projects are listed; read-only and hidden ones are said in `skipped`. Gerrit
        knows offsets only: see `crawler.hosts.overlap` for what happens when the list changes.
        Raises Defer, Retry, Refused (a redirect) and the like.
        """
        place = Place.of(cursor)
        answer = self._get(f"/projects/?type=CODE&d&n={_PER_PAGE}&S={place.offset}")
        root = document(answer.body.removeprefix(_NO_SCRIPT), answer.url)
        names = tuple(root.fields)
        repositories: list[Repository] = []
        skipped = list(place.moved(names))
        for name in names[place.known(names) :]:
            try:
                repositories.append(self._repository_of(name, root.node(name)))
            except GiveUp as error:
                skipped.append(Skipped(context=f"project {name[:200]!r}", reason=str(error)))
        following = place.following(names)
        return ListPage(
            repositories=tuple(repositories),
            next_cursor=None if following is None else str(following),
            skipped=tuple(skipped),
        )

    def _get(self, path: str) -> Answer:
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        headers = {"accept": "application/json"}
        answer = self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)
        return answer.raise_for_status()

    def _repository_of(self, name: str, node: Node | None) -> Repository:
        """Read one project; a state that is not told is ACTIVE, as in Gerrit before 2.13."""
        if node is None:
            raise Malformed("expected an object")
        state = node.optional_text("state") or _ACTIVE
        if state != _ACTIVE:
            raise Refused(f"{state[:40]!r}: only active projects are listed")
        return replace(self.repository(name), description=node.optional_text("description"))
