"""Bitbucket Cloud: list repositories, permalinks; they are read over git.

Source: Bitbucket Cloud's REST documentation, `GET /2.0/repositories` (public repositories, oldest
first), "Pagination" and "Partial responses"; `after` is the time of creation that a page begins at.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import Malformed, Refused, Unsupported
from crawler.hosts.answers import document, printable
from crawler.hosts.checked_names import checked_owner
from crawler.hosts.cursors import invalid_cursor, page_number
from crawler.hosts.forge import Dialect, Forge, fragment
from crawler.hosts.pages import list_page, next_parameter, not_followed, numbered
from crawler.model import Repository, Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import ListPage

__all__ = ["Bitbucket"]

_PER_PAGE = 100
_FIELDS = "next," + ",".join(
    f"values.{name}"
    for name in (
        "uuid", "full_name", "scm", "is_private", "mainbranch.name", "parent.full_name",
        "created_on", "updated_on", "description",
    )
)  # fmt: skip
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


def _authorization(token: str) -> str:
    if ":" in token:
        return f"Basic {b64encode(token.encode()).decode('ascii')}"
    return f"Bearer {token}"


def _git_login(token: str) -> str:
    """Source: Atlassian's documentation, "Using API tokens" and "Using access tokens"."""
    if ":" in token:
        return f"x-bitbucket-api-token-auth:{token.rpartition(':')[2]}"
    return f"x-token-auth:{token}"


class Bitbucket(Forge):
    """Host, SinceLister and OwnerLister; the token is an access token, or `e-mail:token` for an API token."""

    dialect = Dialect(
        page="{path}/src/{commit}/{file}",
        lines=fragment("#lines-", ":"),
        api_path="/2.0",
        authorization=_authorization,
        git_login=_git_login,
    )

    def list(self, cursor: str | None) -> ListPage:
        """Ask for the next 100 repositories by time of creation; the cursor is that time.

        Nothing that is created, renamed or deleted meanwhile moves the others. A next page at
        another address, or no later than this one, is not followed and said in `skipped`.
        """
        if cursor is not None and _time(cursor) is None:
            raise invalid_cursor(cursor, "a time with an offset")
        after = "" if cursor is None else f"&after={quote(cursor, safe='')}"
        answer = self._get(f"/repositories?pagelen={_PER_PAGE}&fields={_FIELDS}{after}")
        root = document(answer.body, answer.url)
        page = "first page" if cursor is None else f"page after {cursor}"
        following: str | None = None
        unread: tuple[Skipped, ...] = ()
        try:
            following = self._next(root, cursor)
        except Malformed as error:
            unread = (Skipped(context=f"all behind the {page}", reason=str(error)),)
        entries = numbered(page, root.nodes("values"))
        return list_page(entries, self._repository_of, following=following, skipped=unread)

    def since(self, when: datetime) -> str:
        """Return the cursor of what was created after `when`, which is aware.

        The list of all repositories goes by their creation: what was only pushed to is not told.
        """
        return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")

    def list_owned(self, owner: str, cursor: str | None) -> ListPage:
        """Ask for one page of 100 repositories of a workspace by number; see `OwnerLister`."""
        number = page_number(cursor)
        answer = self._get(
            f"/repositories/{checked_owner(owner)}?pagelen={_PER_PAGE}&fields={_FIELDS}&page={number}"
        )
        root = document(answer.body, answer.url)
        nodes = root.nodes("values")
        further = bool(nodes) and root.optional_text("next") is not None
        return list_page(
            numbered(f"page {number}", nodes),
            self._owned_of,
            following=number + 1 if further else None,
        )

    def _repository_of(self, node: JsonObject) -> Repository:
        if node.flag("is_private"):
            raise Refused("private: only public repositories are listed")
        return self._named(node)

    def _owned_of(self, node: JsonObject) -> Repository:
        return replace(self._named(node), private=node.flag("is_private"))

    def _named(self, node: JsonObject) -> Repository:
        if (scm := node.text("scm")) != "git":
            raise Unsupported(f"kept in {printable(scm)}, which is not read")
        return replace(
            self.repository(node.text("full_name")),
            native_id=node.text("uuid"),
            default_branch=node.inner_text("mainbranch", "name"),
            fork_of=node.inner_text("parent", "full_name"),
            created_at=node.optional_text("created_on"),
            pushed_at=node.optional_text("updated_on"),
            description=node.optional_text("description"),
        )

    def _next(self, root: JsonObject, cursor: str | None) -> str | None:
        """Return `after` of the next page's address; raises Malformed where it leads elsewhere."""
        url = root.optional_text("next")
        if url is None:
            return None
        if url.partition("?")[0] != f"{self._api_url}/repositories":
            raise not_followed(f"it is not at {self._api_url}")
        after = next_parameter(url, "after")
        then, before = _time(after), _time(cursor or "")
        if then is None or (before is not None and then <= before):
            raise not_followed("expected a later time of creation")
        return after


def _time(text: str) -> datetime | None:
    """Return an aware time, or None for any other text."""
    try:
        return datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None
