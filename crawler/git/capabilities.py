"""What a server can do, asked once per host. Source: gitprotocol-http(5), gitprotocol-v2(5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock

from crawler.errors import Malformed, Unsupported
from crawler.git.pktline import Marker, packets, printable
from crawler.git.urls import RepositoryUrl
from crawler.net import Answer, Http, HttpLimits

__all__ = ["Capabilities", "Probes", "checked"]

_ADVERTISEMENT = "application/x-git-upload-pack-advertisement"
_MOST_BYTES = 1024 * 1024
_MOST_LINES = 200


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
            return "the repository is not named by SHA-1"
        return None


class Probes:
    """Remembers what each host can do; shared by all visits, safe for threads."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._known: dict[str, Capabilities] = {}
        self._lock = Lock()

    def require(self, http: Http, url: RepositoryUrl, seconds: float) -> Capabilities:
        """Return what the host of `url` can do, asking it at most once.

        Raises Unsupported where that is not enough, and whatever the first repository asked about
        brings (Gone, Private ...), which then is not remembered.
        """
        with self._lock:
            known = self._known.get(url.origin)
        if known is None:
            known = _probe(http, url, seconds)
            with self._lock:
                self._known[url.origin] = known
        if missing := known.missing():
            raise Unsupported(f"{url.origin}: {missing}")
        return known


def _probe(http: Http, url: RepositoryUrl, seconds: float) -> Capabilities:
    with http.stream(
        "GET",
        f"{url}/info/refs?service=git-upload-pack",
        headers={"git-protocol": "version=2"},
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
            return
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
