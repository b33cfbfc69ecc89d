"""The endpoints of GitHub's REST API that the world has; limits and identity are `workers.demo.github`'s.

Facts: GitHub's REST documentation and its OpenAPI description, which
`tests/contract/test_github_schema.py` holds every answer against.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from workers.demo.catalogue import Catalogue, HostedRepository
from workers.demo.codesearch import BadQueryError, CodeHit, CodeIndex, parse_query
from workers.demo.github_shapes import Json, Shapes
from workers.demo.paging import NumberedPage, asked_number, link_header
from workers.demo.web import Request, Response, as_json

__all__ = ["Endpoint", "RefusalError", "RestEndpoints"]

_BLOCKED_AT = "2026-06-03T00:00:00Z"
_LARGEST_BLOB = 100 * 1024 * 1024
_LARGEST_PAGE = 100
_OID = re.compile(r"[0-9a-f]{40}")
_RAW = re.compile(r"application/vnd\.github(\.v3)?\.raw(\+json)?")
_REACHABLE_RESULTS = 1000
_USUAL_PAGE = 30


class RefusalError(Exception):
    """An answer that is no 2xx."""

    def __init__(self, status: HTTPStatus, message: str, **more: object) -> None:
        """`more` are further keys of the answer."""
        super().__init__(message)
        self.status = status
        self.content = {
            "message": message,
            **more,
            "documentation_url": "https://docs.github.example/rest",
            "status": str(status.value),
        }
        self.location = more.get("url")

    def response(self, headers: Mapping[str, str]) -> Response:
        """Return the answer."""
        moved = self.status == HTTPStatus.MOVED_PERMANENTLY
        location = {"Location": str(self.location)} if moved else {}
        return as_json(self.content, {**headers, **location}, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What a path leads to."""

    template: str
    """As in the OpenAPI description."""
    answer: Callable[[Request], Response]
    """Raises RefusalError."""


def _advisories(request: Request) -> Response:
    """Return the one global advisory of the world; it is about a project that nothing there pins."""
    asked = request.query.get("ecosystem", "pip") == "pip"
    return as_json([_ADVISORY] if asked else [], {})


_ADVISORY: Mapping[str, object] = {
    "ghsa_id": "GHSA-zz23-zz45-zz67",
    "cve_id": None,
    "html_url": "https://github.example/advisories/GHSA-zz23-zz45-zz67",
    "summary": "Malware in zz-ghost-elsewhere",
    "description": "Any computer that has it installed is compromised.",
    "type": "malware",
    "severity": "critical",
    "source_code_location": "",
    "references": [],
    "published_at": "2026-08-20T09:00:00Z",
    "updated_at": "2026-08-20T09:00:00Z",
    "github_reviewed_at": "2026-08-20T09:00:00Z",
    "nvd_published_at": None,
    "withdrawn_at": None,
    "vulnerabilities": [
        {
            "package": {"ecosystem": "pip", "name": "zz-ghost-elsewhere"},
            "vulnerable_version_range": "= 1.0.0",
            "first_patched_version": None,
            "vulnerable_functions": [],
        }
    ],
}


class RestEndpoints:
    """Finds the endpoint of a path, and answers it."""

    def __init__(self, catalogue: Catalogue, *, api_url: str, web_url: str) -> None:
        """URLs in the answers start with `api_url` and `web_url`."""
        self._catalogue, self._api_url = catalogue, api_url
        self._shapes = Shapes(catalogue=catalogue, api_url=api_url, web_url=web_url)
        self._index = CodeIndex(catalogue)

    def find(self, method: str, path: str) -> Endpoint:  # noqa: PLR0911 - one return per endpoint
        """Return the endpoint of `path`, percent-encoded; one that answers 404 where there is none."""
        if method not in {"GET", "HEAD"}:
            return _NOWHERE
        match [unquote(part) for part in path.split("/")[1:]]:
            case ["search", "code"]:
                return Endpoint(template="/search/code", answer=self._search_code)
            case ["users", owner, "repos"]:
                return Endpoint(
                    template="/users/{username}/repos",
                    answer=lambda request: self._of_owner(owner, request),
                )
            case ["advisories"]:
                return Endpoint(template="/advisories", answer=_advisories)
            case ["repositories"]:
                return Endpoint(template="/repositories", answer=self._list)
            case ["repos", owner, name, *rest]:
                return self._below("/repos/{owner}/{repo}", rest, f"{owner}/{name}", self._by_path)
            case ["repositories", number, *rest]:
                return self._below("/repositories/{repository_id}", rest, number, self._by_id)
            case _:
                return _NOWHERE

    def _below(
        self, base: str, rest: list[str], key: str, entry_of: Callable[[str, str], HostedRepository]
    ) -> Endpoint:
        below = "".join(f"/{part}" for part in rest)
        match rest:
            case []:
                return Endpoint(
                    template=base, answer=lambda _: self._repository(entry_of(key, below))
                )
            case ["forks"]:
                return Endpoint(
                    template=f"{base}/forks",
                    answer=lambda request: self._forks(entry_of(key, below), request),
                )
            case ["git", "blobs", oid]:
                return Endpoint(
                    template=f"{base}/git/blobs/{{file_sha}}",
                    answer=lambda request: self._blob(entry_of(key, below), oid, request),
                )
            case _:
                return _NOWHERE

    def _by_path(self, path: str, below: str) -> HostedRepository:
        entry = self._catalogue.by_path(path)
        if entry is None and (moved := self._catalogue.renamed(path)):
            url = f"{self._api_url}/repositories/{moved.id}{below}"
            raise RefusalError(HTTPStatus.MOVED_PERMANENTLY, "Moved Permanently", url=url)
        return self._open(entry)

    def _by_id(self, number: str, _below: str) -> HostedRepository:
        known = number.isascii() and number.isdigit()
        return self._open(self._catalogue.by_id(int(number)) if known else None)

    def _open(self, entry: HostedRepository | None) -> HostedRepository:
        if entry is None:
            raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")
        if reason := self._catalogue.blocked(entry):
            legal = reason == "dmca"
            raise RefusalError(
                HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS if legal else HTTPStatus.FORBIDDEN,
                "Repository access blocked",
                block={"reason": reason, "created_at": _BLOCKED_AT, "html_url": self._api_url},
            )
        return entry

    def _repository(self, entry: HostedRepository) -> Response:
        return as_json(self._shapes.full(entry), {})

    def _list(self, request: Request) -> Response:
        since = asked_number(request, "since", 0)
        size = min(asked_number(request, "per_page", _LARGEST_PAGE), _LARGEST_PAGE)
        found = [entry for entry in self._catalogue if entry.id > since]
        page = found[:size]
        url = f"{self._api_url}/repositories?per_page={size}&since={page[-1].id if page else 0}"
        links = {"Link": f'<{url}>; rel="next"'} if len(found) > size else {}
        return as_json([self._shapes.minimal(entry) for entry in page], links)

    def _forks(self, parent: HostedRepository, request: Request) -> Response:
        found = [entry for entry in self._catalogue if self._catalogue.parent(entry) is parent]
        found.sort(key=lambda entry: entry.repository.created_at, reverse=True)
        return self._some(request, found)

    def _of_owner(self, owner: str, request: Request) -> Response:
        found = [entry for entry in self._catalogue if entry.owner.lower() == owner.lower()]
        if not found:
            raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")
        found.sort(key=lambda entry: entry.repository.pushed_at, reverse=True)
        return self._some(request, found)

    def _some(self, request: Request, found: Sequence[HostedRepository]) -> Response:
        page = NumberedPage(
            number=asked_number(request, "page", 1),
            size=min(asked_number(request, "per_page", _USUAL_PAGE), _LARGEST_PAGE),
            total=len(found),
        )
        shown = [self._shapes.listed(entry) for entry in found[page.start : page.stop]]
        return as_json(shown, link_header(f"{self._api_url}{request.path}", request.query, page))

    def _blob(self, entry: HostedRepository, oid: str, request: Request) -> Response:
        if not entry.tips:
            raise RefusalError(HTTPStatus.CONFLICT, "Git Repository is empty.")
        if not _OID.fullmatch(oid):
            why = "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."
            raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, why)
        blob = entry.object(oid)
        if blob is None or blob.kind != "blob":
            raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")
        if len(blob.data) > _LARGEST_BLOB:
            raise RefusalError(HTTPStatus.FORBIDDEN, "This blob is larger than 100 MB.")
        if _RAW.fullmatch(request.headers.get("accept", "")):
            raw = "application/vnd.github.raw+json; charset=utf-8"
            return Response(headers={"Content-Type": raw}, body=blob.data)
        return as_json(self._shapes.blob(blob), {})

    def _search_code(self, request: Request) -> Response:
        text = request.query.get("q", "")
        hits = self._hits(text)
        size = min(asked_number(request, "per_page", _USUAL_PAGE), _LARGEST_PAGE)
        page = NumberedPage(
            number=asked_number(request, "page", 1),
            size=size,
            total=min(len(hits), _REACHABLE_RESULTS),
        )
        if page.number * size > _REACHABLE_RESULTS:
            why = "Cannot access beyond the first 1000 results"
            raise RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, why)
        content: Json = {
            "total_count": len(hits),
            "incomplete_results": text in self._catalogue.circumstances.slow_queries,
            "items": [self._shapes.hit(hit) for hit in hits[page.start : page.stop]],
        }
        return as_json(content, link_header(f"{self._api_url}/search/code", request.query, page))

    def _hits(self, text: str) -> list[CodeHit]:
        try:
            return self._index.search(parse_query(text))
        except BadQueryError as error:
            why, code = str(error), "invalid"
        except ValueError as error:
            why, code = f"A qualifier cannot be read: {error}", "invalid"
        raise RefusalError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Validation Failed",
            errors=[{"message": why, "resource": "Search", "field": "q", "code": code}],
        )


def _answer_nowhere(_request: Request) -> Response:
    raise RefusalError(HTTPStatus.NOT_FOUND, "Not Found")


_NOWHERE = Endpoint(template="(unknown)", answer=_answer_nowhere)
