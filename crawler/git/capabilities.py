"""What a server can do, asked once per host. Source: gitprotocol-http(5), gitprotocol-v2(5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType

from crawler.errors import Malformed, Retry, TooLarge, Unsupported
from crawler.git.pktline import Marker, packets, printable
from crawler.git.urls import RepositoryUrl
from crawler.net import Answer, Http, HttpLimits

__all__ = ["Capabilities", "Probes", "checked"]

_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
_MOST_BYTES = 1024 * 1024
_MOST_LINES = 200
_LEAST_SECONDS = 0.1
_NONE: Mapping[str, str] = MappingProxyType({})
_OTHER_NAMES = "the repository is not named by SHA-1"
"""A fact about one repository, not about its host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The answer to a probe."""

    version: int
    fetch: frozenset[str] = frozenset()
    """Features of the `fetch` command."""
    object_formats: frozenset[str] = frozenset()

    def missing(self) -> str | None:
        """Say what our own protocol client needs and the server lacks; None where it has all."""
        if self.version != 2:  # noqa: PLR2004 - the protocol version we speak
            return "the server speaks no git protocol version 2"
        if not {"filter", "shallow"} <= self.fetch:
            return "the server cannot leave out blobs or history"
        if self.object_formats and "sha1" not in self.object_formats:
            return _OTHER_NAMES
        return None


class Probes:
    """Remembers what each host can do; shared by all visits, safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin knowing nothing; `clock` counts seconds."""
        self._clock = clock
        self._known: dict[str, Capabilities] = {}
        self._asking: dict[str, Lock] = {}
        self._shallow: set[str] = set()
        self._lock = Lock()

    def caps_depth(self, url: RepositoryUrl) -> bool:
        """Say whether the host of `url` is known to refuse the filter `tree:1`."""
        with self._lock:
            return url.origin in self._shallow

    def note_capped_depth(self, url: RepositoryUrl) -> None:
        """Remember that the host of `url` refuses it (uploadpackFilter.tree.maxDepth, git-config(1))."""
        with self._lock:
            self._shallow.add(url.origin)

    def require(
        self, http: Http, url: RepositoryUrl, seconds: float, extra: Mapping[str, str] = _NONE
    ) -> Capabilities:
        """Return what the host of `url` can do, asking it at most once.

        Headers in `extra` go with the question. Visits that come at the same moment wait for the first one's answer, `seconds` at most. Raises
        Unsupported where that answer is not enough, and whatever the first repository asked about brings
        (Gone, Private ...), which then is not remembered, nor is that it has names of another kind.
        """
        known = self._remembered(url) or self._asked(http, url, seconds, extra)
        if missing := known.missing():
            raise Unsupported(f"{url.origin}: {missing}")
        return known

    def _remembered(self, url: RepositoryUrl) -> Capabilities | None:
        with self._lock:
            return self._known.get(url.origin)

    def _asked(
        self, http: Http, url: RepositoryUrl, seconds: float, extra: Mapping[str, str]
    ) -> Capabilities:
        with self._lock:
            turn = self._asking.setdefault(url.origin, Lock())
        ends = self._clock() + seconds
        if not turn.acquire(timeout=seconds):
            raise Retry(f"{url.origin} has not said yet what it can do")
        try:
            if (known := self._remembered(url)) is None:
                left = max(_LEAST_SECONDS, ends - self._clock())
                known = _probe(http, url, left, extra)
                if known.missing() != _OTHER_NAMES:
                    with self._lock:
                        self._known[url.origin] = known
            return known
        finally:
            turn.release()


def _probe(
    http: Http, url: RepositoryUrl, seconds: float, extra: Mapping[str, str]
) -> Capabilities:
    with http.stream(
        "GET",
        f"{url}/info/refs?service=git-upload-pack",
        headers={"git-protocol": "version=2", **extra},
        limits=HttpLimits(total_seconds=seconds, connect_seconds=seconds, max_bytes=_MOST_BYTES),
    ) as (status, headers, chunks):
        checked(str(url), status, headers.get("content-type"), _ADVERTISEMENT)
        return _capabilities(_lines(chunks))


def checked(url: str, status: int, media_type: str | None, expected: str) -> None:
    """Raise what the status means, or Malformed where the answer is not git's (a login page)."""
    Answer(url=url, status=status, headers={}, body=b"").raise_for_status()
    if (media_type or "").split(";")[0].strip().lower() != expected:
        told = printable((media_type or "nothing").encode())
        raise Malformed(f"{url} answers {told} instead of git's {expected}")


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    for count, packet in enumerate(packets(chunks)):
        if count >= _MOST_LINES:
            # Not Unsupported: the git program would read on for as long as it may.
            raise TooLarge(f"an advertisement of more than {_MOST_LINES} lines")
        if not isinstance(packet, Marker) and not packet.startswith(b"# service="):
            yield packet.decode("ascii", "replace").rstrip("\n")


def _capabilities(lines: Iterator[str]) -> Capabilities:
    """Read an advertisement; of an old one only that it is old, so its refs are never read."""
    if next(lines, "") != "version 2":
        return Capabilities(version=0)
    fetch: frozenset[str] = frozenset()
    formats: set[str] = set()
    for line in lines:
        name, _, value = line.partition("=")
        if name == "fetch":
            fetch = frozenset(value.split())
        elif name == "object-format":
            formats.add(value)
    return Capabilities(version=2, fetch=fetch, object_formats=frozenset(formats))
