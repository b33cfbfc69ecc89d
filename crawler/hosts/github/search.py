"""PyGithub's code search on our own wire.

PyGithub 2.10 would sleep inside a call (rate limits, 202), follow redirects with the token, read
without a cap on bytes or time, and send hidden requests for attributes that an answer lacks. Here it
is given a requester that sends exactly one kind of request, through `crawler.net.Http`.
Import this module where it is needed only: PyGithub takes 650 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from github import Github
from github.Requester import Requester

from crawler.errors import Malformed, Stop
from crawler.hosts.answers import Node, document
from crawler.model import Skipped

if TYPE_CHECKING:
    from github.ContentFile import ContentFileSearchResult

    from crawler.hosts.github.api import GitHubApi

__all__ = ["PER_PAGE", "CodeSearch"]

PER_PAGE = 100
_PATH = "/search/code"


class CodeSearch:
    """One page of one code search; make a new one for each."""

    def __init__(self, api: GitHubApi) -> None:
        """Ask through `api`."""
        self._requester = _SearchRequester(api)
        self._client = Github(
            base_url=api.settings.api_url,
            per_page=PER_PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )
        # PyGithub takes no requester from outside; the check keeps its own wire from ever being used.
        self._client._Github__requester = self._requester  # type: ignore[attr-defined]  # noqa: SLF001
        if self._client.requester is not self._requester:
            raise Stop("this release of PyGithub hides its requester elsewhere; pin the last one")
        self.total = 0
        self.incomplete = False

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Results of the page that are not what the API promises."""
        return tuple(self._requester.skipped)

    def page(self, text: str, number: int) -> list[ContentFileSearchResult]:
        """Return the results of page `number`, counted from 1; then `total` and `incomplete` are set."""
        pages = self._client.search_code(text)
        results = pages.get_page(number - 1)
        self.total = pages.totalCount
        self.incomplete = bool(pages.incomplete_results)
        return results


class _SearchRequester(Requester):
    """Sends code searches and refuses all else, so no attribute can trigger a hidden request."""

    def __init__(self, api: GitHubApi) -> None:
        super().__init__(
            auth=None,
            base_url=api.settings.api_url,
            timeout=60,
            user_agent="ghostcrawl",
            per_page=PER_PAGE,
            verify=True,
            retry=None,
            pool_size=None,
        )
        self._api = api
        self.skipped: list[Skipped] = []

    def requestJsonAndCheck(  # noqa: N802, PLR0913, PLR0917 - the name and arguments are PyGithub's
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,  # noqa: ARG002
        input: Any | None = None,  # noqa: A002, ARG002, ANN401
        follow_302_redirect: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> tuple[dict[str, Any], Any]:
        if (verb, url) != ("GET", _PATH):
            raise Malformed("the answer lacks a field that its API promises")
        query = urlencode(parameters or {})
        answer = self._api.get(f"{_PATH}?{query}", resource="code_search")
        return dict(answer.headers), self._checked(document(answer.body, _PATH))

    def _checked(self, page: Node) -> dict[str, object]:
        items: list[dict[str, object]] = []
        for index, item in enumerate(page.nodes("items")):
            try:
                items.append(_item(item))
            except Malformed as error:
                self.skipped.append(Skipped(context=f"items[{index}]", reason=str(error)))
        return {
            "total_count": max(page.number("total_count"), 0),
            "incomplete_results": page.flag("incomplete_results"),
            "items": items,
        }


def _item(item: Node | None) -> dict[str, object]:
    """Return the fields of a result that we read, all of them set: an unset one would be asked for."""
    repository = None if item is None else item.node("repository")
    if item is None or repository is None:
        raise Malformed("a result without a repository")
    return {
        "path": item.text("path"),
        "sha": item.text("sha"),
        "repository": {
            "id": repository.number("id"),
            "full_name": repository.text("full_name"),
            "private": repository.flag("private"),
            "description": repository.optional_text("description"),
        },
    }
