"""What a server can do, asked once per host. Source: gitprotocol-http(5), gitprotocol-v2(5)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from types import MappingProxyType

from crawler.errors import Blocked, Malformed, Retry, TooLarge, Unsupported
from crawler.git.messages import blocking_words
from crawler.git.pktline import Marker, packets, printable
from crawler.git.urls import RepositoryUrl
from crawler.net import Answer, Http, HttpLimits

__all__ = ["Capabilities", "Probes", "checked"]

_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
_MOST_BYTES = 1024 * 1024
_MOST_LINES = 200
_LEAST_SECONDS = 0.1
_LONGEST_BEGIN, _LONGEST_TOLD = 100, 4_096
_NONE: Mapping[str, str] = MappingProxyType({})
_OTHER_NAMES = "the repository is not named by SHA-1"
_FILES_ONLY = "the repository is served as plain files"
_OF_ONE_REPOSITORY = frozenset({_OTHER_NAMES, _FILES_ONLY})
"""Facts about one repository, not about its host."""
_FILE_TYPES = frozenset(
    {"", "text/plain", "application/octet-stream", "application/x-git-info-refs"}
)
_REF_LINE = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?\trefs/")
"""How a list of refs begins that `git update-server-info` wrote (gitprotocol-http(5), "Dumb Clients")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The answer to a probe."""

    version: int
    fetch: frozenset[str] = frozenset()
    """Features of the `fetch` command."""
    object_formats: frozenset[str] = frozenset()
    plain_files: bool = False
    """Whether the server serves nothing but the files of the repository ("dumb HTTP")."""

    def missing(self) -> str | None:
        """Say what our own protocol client needs and the server lacks; None where it has all."""
        if self.plain_files:
            return _FILES_ONLY
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
        (Gone, Private ...), which then is not remembered, nor is what is true of one repository only.
        """
        known = self._remembered(url) or self._asked(http, url, seconds, extra)
        if missing := known.missing():
            raise Unsupported(f"{url.origin}: {missing}")
        return known

    def require_program(self, http: Http, url: RepositoryUrl, seconds: float) -> None:
        """Raise Unsupported where the repository at `url` alone is served as plain files.

        To be asked where its host can do all we need, and this one refused a command.
        """
        if (able := _probe(http, url, seconds, _NONE)).plain_files:
            raise Unsupported(f"{url}: {able.missing()}")

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
                if known.missing() not in _OF_ONE_REPOSITORY:
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
        told = headers.get("content-type")
        media_type = _media_type(told)
        is_smart = media_type == _ADVERTISEMENT
        if status == HTTPStatus.OK and not is_smart and _lists_refs(chunks, media_type):
            return Capabilities(version=0, plain_files=True)
        checked(str(url), status, told, _ADVERTISEMENT, chunks)
        return _capabilities(_lines(chunks))


def _lists_refs(chunks: Iterable[bytes], media_type: str) -> bool:
    """Say whether an answer begins like a file of refs, or is empty: as that of no ref is."""
    begin = _begin(chunks, _LONGEST_BEGIN)
    return _REF_LINE.match(begin) is not None or (not begin and media_type in _FILE_TYPES)


def _begin(chunks: Iterable[bytes], most: int) -> bytes:
    begin = b""
    for chunk in chunks:
        begin += chunk
        if len(begin) > most:
            break
    return begin[:most]


def _media_type(told: str | None) -> str:
    return (told or "").split(";")[0].strip().lower()


def checked(
    url: str, status: int, media_type: str | None, expected: str, chunks: Iterable[bytes]
) -> None:
    """Raise what the status means, or Malformed where the answer is not git's (a login page).

    Of an answer that refuses, `chunks` tell whether the host has blocked the repository.
    """
    if status == HTTPStatus.FORBIDDEN and (told := blocking_words(_begin(chunks, _LONGEST_TOLD))):
        raise Blocked(f"{url}: blocked by the host ({told})")
    Answer(url=url, status=status, headers={}, body=b"").raise_for_status()
    if _media_type(media_type) != expected:
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
