"""One redirect inside the same origin, as servers answer for another spelling or an old name.

`/a/b` to `/a/b.git`, `/old/x` to `/new/x`: what git asks for stands unchanged at the end. Any other redirect
is refused (source: `update_url_from_redirect` in git's http.c, which compares the ends in the same way).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urljoin

from crawler.errors import GiveUp, Refused
from crawler.git.urls import RepositoryUrl, parse_repository_url
from crawler.model import Repository

__all__ = ["moved", "renamed"]

_ENDS = ("/info/refs?service=git-upload-pack", "/git-upload-pack")
_PORTS = {"https": 443, "http": 80}
_DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
"""A part that leads to another folder, which joining URLs would take out of sight."""


def moved(asked: RepositoryUrl, refused: Refused, trusted: Collection[str]) -> RepositoryUrl:
    """Return where the answer behind `refused` says that `asked` is; raises `refused` where that is elsewhere."""
    location = refused.location or ""
    end = next((end for end in _ENDS if refused.asked == f"{asked}{end}"), None)
    if end is not None and location.endswith(end) and not _DOTS.search(location):
        with suppress(GiveUp, ValueError):
            place = urljoin(refused.asked, location)
            found = parse_repository_url(place.removesuffix(end), trusted)
            if _origin(found) == _origin(asked) and found != asked:
                return found
    raise refused


def _origin(url: RepositoryUrl) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or _PORTS[url.scheme]


def renamed(repository: Repository, url: str) -> Repository:
    """Return `repository` as found at `url`; its path changes with it where the old URL ends with it."""
    before = repository.clone_url.removesuffix("/").removesuffix(".git")
    base = before.removesuffix(repository.path)
    after = url.removesuffix("/").removesuffix(".git")
    told = base != before and base.endswith("/") and after.startswith(base)
    path = after.removeprefix(base) if told else repository.path
    return replace(repository, path=path, clone_url=url)
