"""Pagure: list projects and forks, permalinks; they are read over git.

Source: Pagure's API documentation, "List projects" (`GET /api/0/projects`): at most 100 a page, by
name. Forks lie below `fork/user/` on the web and below `forks/user/` for git (pagure/ui/clone.py).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.checked_names import checked_pagure_path
from crawler.hosts.cursors import PageCursor
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.pages import list_page, next_parameter, not_followed, numbered
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import ListPage
    from crawler.model import Repository

__all__ = ["Pagure"]

_PER_PAGE = 100
_EPOCH = re.compile(r"[0-9]{1,11}", re.ASCII)


class Pagure(Forge):
    """Host and Lister of `name`, `namespace/name`, and `fork/user/` before either."""

    dialect = Dialect(
        checked=checked_pagure_path,
        cloned=lambda path: re.sub(r"\Afork/", "forks/", path) + ".git",
        page="{path}/blob/{commit}/f/{file}",
        lines=fragment("#_", "-"),
        api_path="/api/0",
        authorization=lambda token: f"token {token}",
    )

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page of 100 projects and forks by name; the cursor is the number of the page.

        The API pages by number alone. A project that comes meanwhile moves others to a page again;
        one that is deleted moves others up past us, and where the host's count shows it,
        pages are read again. Missed until the next list may be one that was renamed past us, that
        moved while as many came as went, or of a name that others have too: the host keeps these
        in no order. A next page at another host, or that is not the next one, is not asked for and
        said in `skipped`.
        """
        place = PageCursor.of(cursor)
        answer = self._get(f"/projects?per_page={_PER_PAGE}&page={place.page}")
        root = document(answer.body, answer.url)
        nodes, total = root.nodes("projects"), root.optional_number("total_projects")
        page, said, following = f"page {place.page}", place.slipped(total), None
        try:
            further = bool(nodes) and self._goes_on(root, place)
            following = place.following(total, len(nodes), further=further)
            cut = place.broken_off(total, len(nodes), asked=_PER_PAGE, following=following)
            said = (*said, *cut)
        except Malformed as error:
            said = (*said, Skipped(context=f"all behind {page}", reason=str(error)))
        return list_page(
            numbered(page, nodes),
            self._repository_of,
            following=following,
            skipped=said,
        )

    def _repository_of(self, node: JsonObject) -> Repository:
        if node.flag("private"):
            raise Refused("private: only public repositories are listed")
        parent = node.inner_text("parent", "fullname")
        return replace(
            self._described(node, node.text("fullname")),
            fork_of=None if parent is None else re.sub(r"\Aforks/", "fork/", parent),
            created_at=_time(node, "date_created"),
            pushed_at=_time(node, "date_modified"),
        )

    def _goes_on(self, root: JsonObject, place: PageCursor) -> bool:
        """Say whether a next page is named; raises Malformed where that is not the next of ours.

        Old Pagures have no pages and answer with everything at once.
        """
        url = root.inner_text("pagination", "next")
        if url is None:
            return False
        page = next_parameter(url, "page")
        ours = {urlsplit(self._api_url).netloc, urlsplit(self._settings.web_url).netloc}
        if urlsplit(url).netloc not in ours:
            raise not_followed("it is at another host")
        if page != str(place.page + 1):
            raise not_followed(f"expected page {place.page + 1}")
        return True


def _time(node: JsonObject, key: str) -> str | None:
    """Return a time, sent as a string of seconds since 1970, as ISO 8601."""
    text = node.optional_text(key)
    if text is None or _EPOCH.fullmatch(text) is None:
        return None
    return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
