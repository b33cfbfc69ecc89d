"""Is the file still served? One HEAD, never a GET: malware is never fetched.

The URL is rebuilt from a strict parse, so that nothing in a lock decides where a request goes
(facts: security P6).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import GiveUp, Retry
from crawler.model import Liveness, digest_in_path, file_name_of, project_of_file
from crawler.model.urls import host_in, normalize
from crawler.net import HttpLimits

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from crawler.net import Http

__all__ = ["Checks", "check", "safe_url"]

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}", re.ASCII)
_PLAIN = re.compile(r"(?:/[A-Za-z0-9+._-]+)*", re.ASCII)
_FRESH = timedelta(minutes=10)
_MOST_ANSWERS = 10_000
_LIMITS = HttpLimits(total_seconds=15, max_bytes=0)


def safe_url(url: str, hosts: Collection[str], further: Collection[str] = ()) -> str | None:
    """Return the URL to ask about the file `url`, or None where it must not be asked.

    Only `https://<one of hosts>/packages/<2>/<2>/<60 hex>/<file name>` on the default port comes
    back, whatever path a mirror puts before `/packages/`. On the file hosts of `further` registries a
    distribution may lie at any plain path, and may be served by plain http.
    """
    known = _safe_url(url, hosts)
    if known is not None or not further:
        return known
    base, _, last = normalize(url).rpartition("/")
    scheme, _, rest = base.partition("://")
    host, slash, folder = rest.partition("/")
    name = file_name_of(last)
    if (
        scheme not in {"https", "http"}
        or host not in further
        or not _PLAIN.fullmatch(slash + folder)
    ):
        return None
    if name is None or not _FILE_NAME.fullmatch(name) or project_of_file(name) is None:
        return None
    return f"{base}/{quote(name)}"


def _safe_url(url: str, hosts: Collection[str]) -> str | None:
    scheme, _, rest = normalize(url).partition("://")
    host, slash, path = rest.partition("/")
    digest = digest_in_path(slash + path)
    name = file_name_of(path)
    if scheme != "https" or host not in hosts or digest is None or name is None:
        return None
    prefix, found, rest = (slash + path).rpartition("/packages/")
    if not found or not _PLAIN.fullmatch(prefix) or not _FILE_NAME.fullmatch(name):
        return None
    return f"https://{host}{prefix}/packages/{rest.rpartition('/')[0]}/{quote(name)}"


class Checks:
    """Asks about each file once in a while, however many locks pin it; one per process."""

    def __init__(self, http: Http) -> None:
        """Ask through `http`."""
        self._http = http
        self._answers: dict[str, Liveness] = {}

    def check(
        self, url: str, hosts: Collection[str], now: datetime, further: Collection[str] = ()
    ) -> Liveness:
        """Return the answer of the last ten minutes, else ask; raises Defer. See `safe_url`."""
        asked = safe_url(url, hosts, further) or url
        known = self._answers.get(asked)
        if known is None or known.checked_at < now - _FRESH:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            known = self._answers[asked] = check(self._http, url, hosts, now, further)
        return known


def check(
    http: Http, url: str, hosts: Collection[str], now: datetime, further: Collection[str] = ()
) -> Liveness:
    """Ask once whether `url` is still served; raises Defer where the host asks to wait. See `safe_url`."""
    asked = safe_url(url, hosts, further)
    if asked is None:
        return _unanswered(url, now, f"not asked: {_why_not(url, {*hosts, *further})}")
    try:
        answer = http.request("HEAD", asked, limits=_LIMITS)
    except (Retry, GiveUp) as error:
        return _unanswered(asked, now, str(error))
    length = answer.headers.get("content-length", "")
    return Liveness(
        method="HEAD",
        url=asked,
        status=answer.status,
        content_length=int(length) if length.isascii() and length.isdigit() else None,
        checked_at=now,
    )


def _why_not(url: str, hosts: Collection[str]) -> str:
    """Say what keeps `url` from being asked: the first thing that `safe_url` refuses."""
    normal = normalize(url)
    if host_in(normal) not in hosts:
        return "its host is neither a file host of the registry nor a known mirror"
    if not normal.startswith("https://"):
        return "its address is not https"
    return "its address does not have the form of a file in the index"


def _unanswered(url: str, now: datetime, why: str) -> Liveness:
    return Liveness(
        method="HEAD", url=url, status=None, content_length=None, checked_at=now, why=why
    )
