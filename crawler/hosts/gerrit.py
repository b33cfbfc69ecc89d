"""Gerrit with Gitiles: list projects, permalinks; they are read over git.

Source: Gerrit's documentation, "/projects/ REST API" (List Projects) and "REST API" (the prefix that
keeps answers from being run as scripts); Gitiles' documentation for its URLs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.checked_names import checked_folder, quoted_folder
from crawler.hosts.cursors import OverlapCursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.pages import list_page

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import HostSettings, ListPage
    from crawler.model import Repository
    from crawler.net import Http

__all__ = ["Gerrit"]

_PER_PAGE = 100
_NO_SCRIPT = b")]}'"
_ACTIVE = "ACTIVE"


class Gerrit(Forge):
    """Host and Lister; anonymous, a token is never sent."""

    dialect = Dialect(
        checked=checked_folder,
        quoted=quoted_folder,
        cloned=quoted_folder,
        page="{path}/+/{commit}/{file}",
        lines=fragment("#"),
    )

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the Gerrit at `api_url`; without one it is at `web_url`, with Gitiles as its plug-in.

        With an `api_url` of another address, `web_url` is a Gitiles of its own.
        """
        super().__init__(settings, http)
        if self._api_url == settings.web_url:
            self._pages_url = f"{settings.web_url}/plugins/gitiles"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 projects by name; those that hold no code are left out by the host.

        Only active projects are listed; read-only and hidden ones are said in `skipped`. Gerrit
        knows offsets only: see `OverlapCursor` for what happens when the list changes.
        """
        place = OverlapCursor.of(cursor)
        answer = self._get(f"/projects/?type=CODE&d&n={_PER_PAGE}&S={place.offset}")
        root = document(answer.body.removeprefix(_NO_SCRIPT), answer.url)
        names = tuple(root.fields)
        return list_page(
            ((f"project {name[:200]!r}", name) for name in names[place.known(names) :]),
            lambda name: self._repository_of(name, root.node(name)),
            following=place.following(names),
            skipped=place.moved(names),
        )

    def _repository_of(self, name: str, node: JsonObject | None) -> Repository:
        """Read one project; a state that is not told is ACTIVE, as in Gerrit before 2.13."""
        if node is None:
            raise Malformed("expected an object")
        state = node.optional_text("state") or _ACTIVE
        if state != _ACTIVE:
            raise Refused(f"{state[:40]!r}: only active projects are listed")
        return replace(self.repository(name), description=node.optional_text("description"))
