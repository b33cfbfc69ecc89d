"""Forgejo over the world: the list of repositories, with the habits of the real one.

Facts: Gitea's swagger description (`Repository`, `SearchResults`, `ServerVersion`) and Forgejo's
sources: a page holds 50 at most, while its Link header repeats the limit that was asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from workers.demo.catalogue import Catalogue, Circumstances, HostedRepository
from workers.demo.github_shapes import Json
from workers.demo.model import World
from workers.demo.paging import NumberedPage, asked_number, link_header
from workers.demo.quotas import Charge, PointLimit, Quotas, Stats
from workers.demo.web import Request, Response, as_json

__all__ = ["ForgejoApp"]

_API = PointLimit(resource="api", limit=4000, seconds=1800)
"""As a large public instance: 4,000 requests in 30 minutes."""
_LARGEST_PAGE = 50
_ORDERS: Mapping[str, Callable[[HostedRepository], str | int]] = {
    "": lambda entry: entry.name.lower(),
    "alpha": lambda entry: entry.name.lower(),
    "created": lambda entry: entry.repository.created_at,
    "id": lambda entry: entry.id,
    "size": lambda entry: entry.size_kib,
    "updated": lambda entry: entry.repository.pushed_at,
}
_SEARCH = "/api/v1/repos/search"
_USUAL_PAGE = 30
_VERSION = "13.0.2+gitea-1.22.0"


class ForgejoApp:
    """The application behind `/api/v1` of `forge.example`."""

    def __init__(  # noqa: PLR0913 - all in which two fakes of one host can differ
        self,
        world: World,
        *,
        host: str = "forge.example",
        web_url: str = "https://forge.example",
        circumstances: Circumstances | None = None,
        clock: Callable[[], float] = time.time,
        clock_factor: float = 1.0,
    ) -> None:
        """Serve the repositories of `host`; the arguments are those of `workers.demo.github`."""
        self._host, self._circumstances = host, circumstances
        self._quotas = Quotas(clock=clock, clock_factor=clock_factor)
        self._clock, self._web_url = clock, web_url
        self.publish(world)

    def publish(self, world: World) -> None:
        """Show the repositories of another world from now on; the limits go on."""
        self._catalogue = Catalogue(world, self._host, self._circumstances)

    def stats(self) -> Stats:
        """Return how the API was treated so far."""
        return self._quotas.stats()

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        template, answer = self._find(request)
        self._quotas.count(f"{request.method} {template}")
        charge = self._quotas.spend(_API, request.headers.get("authorization", "anonymous"))
        return answer() if charge.allowed else self._too_many(charge)

    def _find(  # noqa: PLR0911 - one return per endpoint
        self, request: Request
    ) -> tuple[str, Callable[[], Response]]:
        if request.method not in {"GET", "HEAD"}:
            return "(unknown)", self._nowhere
        match [unquote(part) for part in request.path.split("/")[1:]]:
            case ["api", "v1", "version"]:
                return "/version", lambda: as_json({"version": _VERSION})
            case ["api", "v1", "repos", "search"]:
                return "/repos/search", lambda: self._search(request)
            case ["api", "v1", "repos", owner, name, "forks"]:
                return "/repos/{owner}/{repo}/forks", lambda: self._forks(
                    f"{owner}/{name}", request
                )
            case ["api", "v1", "users", owner, "repos"]:
                return "/users/{username}/repos", lambda: self._of_owner(owner, request)
            case ["api", "v1", "repos", owner, name]:
                return "/repos/{owner}/{repo}", lambda: self._repository(f"{owner}/{name}")
            case _:
                return "(unknown)", self._nowhere

    def _repository(self, path: str) -> Response:
        entry = self._catalogue.by_path(path)
        if entry is not None and self._catalogue.blocked(entry) is None:
            return as_json(self._shape(entry))
        if moved := self._catalogue.renamed(path):
            url = f"{self._web_url}/api/v1/repos/{moved.repository.path}"
            return Response(status=HTTPStatus.TEMPORARY_REDIRECT, headers={"Location": url})
        return self._nowhere()

    def _search(self, request: Request) -> Response:
        sort, order = (request.query.get(name, "") for name in ("sort", "order"))
        if sort not in _ORDERS or order not in {"", "asc", "desc"}:
            return self._error(HTTPStatus.UNPROCESSABLE_ENTITY, f'Invalid sort mode: "{sort}"')
        words = request.query.get("q", "").strip().lower()
        found = [entry for entry in self._catalogue if words in entry.repository.path.lower()]
        found.sort(key=_ORDERS[sort], reverse=bool(sort) and order == "desc")
        page = _page(request, len(found))
        data = [self._shape(entry) for entry in found[page.start : page.stop]]
        headers = link_header(f"{self._web_url}{_SEARCH}", request.query, page)
        total = {"X-Total-Count": str(page.total)}
        return as_json({"ok": True, "data": data}, {**headers, **total})

    def _forks(self, path: str, request: Request) -> Response:
        parent = self._catalogue.by_path(path)
        if parent is None:
            return self._repository(path)
        found = [entry for entry in self._catalogue if self._catalogue.parent(entry) is parent]
        return self._plain_list(request, found)

    def _of_owner(self, owner: str, request: Request) -> Response:
        found = [entry for entry in self._catalogue if entry.owner.lower() == owner.lower()]
        return self._plain_list(request, found) if found else self._nowhere()

    def _plain_list(self, request: Request, found: Sequence[HostedRepository]) -> Response:
        """Answer one page of `found`: a list, unlike the object of a search."""
        page = _page(request, len(found))
        headers = link_header(f"{self._web_url}{request.path}", request.query, page)
        data = [self._shape(entry) for entry in found[page.start : page.stop]]
        return as_json(data, {**headers, "X-Total-Count": str(page.total)})

    def _shape(self, entry: HostedRepository) -> Json:
        """Return a `Repository` of the swagger description; the parent's own parent is left out."""
        parent = self._catalogue.parent(entry)
        return {**self._plain(entry), "parent": None if parent is None else self._plain(parent)}

    def _plain(self, entry: HostedRepository) -> Json:
        repository, html = entry.repository, f"{self._web_url}/{entry.repository.path}"
        api = f"{self._web_url}/api/v1/repos/{repository.path}"
        return {
            "id": entry.id,
            "owner": {"id": entry.id, "login": entry.owner, "username": entry.owner},
            "name": entry.name,
            "full_name": repository.path,
            "description": repository.description,
            "empty": not entry.tips,
            "private": False,
            "fork": repository.fork_of is not None,
            "template": False,
            "mirror": False,
            "size": entry.size_kib,
            "language": "",
            "languages_url": f"{api}/languages",
            "html_url": html,
            "url": api,
            "link": "",
            "ssh_url": f"ssh://git@{self._web_url.partition('://')[2]}/{repository.path}.git",
            "clone_url": f"{html}.git",
            "original_url": "",
            "website": "",
            "stars_count": 0,
            "forks_count": 0,
            "watchers_count": 0,
            "open_issues_count": 0,
            "open_pr_counter": 0,
            "release_counter": 0,
            "default_branch": repository.default_branch,
            "archived": repository.archived,
            "created_at": repository.created_at,
            "updated_at": repository.pushed_at,
            "internal": False,
            "object_format_name": "sha1",
        }

    def _too_many(self, charge: Charge) -> Response:
        wait = {"Retry-After": str(max(1, charge.reset - int(self._clock())))}
        return self._error(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", wait)

    def _nowhere(self) -> Response:
        return self._error(HTTPStatus.NOT_FOUND, "The target couldn't be found.")

    def _error(
        self, status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        return as_json({"message": message, "url": f"{self._web_url}/api/swagger"}, headers, status)


def _page(request: Request, total: int) -> NumberedPage:
    return NumberedPage(
        number=asked_number(request, "page", 1),
        size=min(asked_number(request, "limit", _USUAL_PAGE), _LARGEST_PAGE),
        total=total,
    )
