"""ghostcrawl's own reader as a client among the others: `python -m benchmarks.git_ours WAY THREADS FILE`.

WAY is `poll`, `root`, `all`, or `blobs`, where each line of FILE is a URL and the oids of its locks. With
an older commit in their place `first` reads that one, `again` reads it and then the head, and so does
`difference`, but as the difference to what it has kept.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.git_clients import lazily, said
from crawler.errors import GiveUp
from crawler.git.capabilities import Probes
from crawler.git.incremental import Since
from crawler.git.interface import Limits
from crawler.git.kept import Kept
from crawler.git.reader import GitReader
from crawler.git.wire import WireReader
from crawler.model import Outcome, ReadRequest, Refs, Repository
from crawler.net import Http
from tests.servers.kept_in_memory import KeptInMemory

__all__ = ["main"]

_Way = Callable[[str], Iterable[bytes]]
_REQUEST = ReadRequest(wanted=lambda path: path.endswith("uv.lock"), known=lambda _: ())


def main() -> None:
    """Read all lines, so many at once, over one client."""
    lines = Path(sys.argv[3]).read_text(encoding="utf-8").splitlines()
    trusted = sorted({urlsplit(line.split()[0]).netloc for line in lines})
    http = Http(agent="ghostcrawl/benchmark", trusted_hosts=trusted)
    way = _way(sys.argv[1], http, trusted)
    with ThreadPoolExecutor(int(sys.argv[2])) as pool:
        print(said(data for found in lazily(pool, way, lines) for data in found))  # noqa: T201
    http.close()


def _way(name: str, http: Http, trusted: list[str]) -> _Way:
    if name in {"root", "all"}:
        reader = GitReader(http, trusted_hosts=trusted, root_only=name == "root")
        return lambda line: _visited(reader, line)
    if name in {"first", "again", "difference"}:
        kept = KeptInMemory() if name == "difference" else None
        return lambda line: _again(http, trusted, kept, line, once=name == "first")
    probes = Probes()

    def one(line: str) -> Iterable[bytes]:
        wire = WireReader(http, probes=probes, limits=Limits(), trusted_hosts=trusted)
        url, *oids = line.split()
        if name == "blobs":
            return [blob.data for blob in wire.blobs(url, oids).found]
        wire.heads(url, Refs.DEFAULT)
        return []

    return one


def _again(
    http: Http, trusted: list[str], kept: Kept | None, line: str, *, once: bool
) -> Iterable[bytes]:
    """Read an older commit, then the repository as a visit that knows it; return what is new."""
    url, old = line.split()
    since = None if kept is None else Since(kept, (), Limits())
    wire = WireReader(http, probes=Probes(), limits=Limits(), trusted_hosts=trusted, since=since)
    oids = {file.oid for file in wire.trees(url, [old], _REQUEST.wanted).files}
    found = [blob.data for blob in wire.blobs(url, oids).found] if oids else []
    if once:
        return found
    reader = GitReader(http, trusted_hosts=trusted, kept=kept)
    heads = {urlsplit(url).path: {"refs/heads/main": old}}
    known = replace(_REQUEST, known=lambda files: {file.oid for file in files} & oids, heads=heads)
    return [*found, *_visited(reader, url, known)]


def _visited(reader: GitReader, url: str, request: ReadRequest = _REQUEST) -> list[bytes]:
    repository = Repository(host="git.example", path=urlsplit(url).path, clone_url=url)
    (visit,) = reader.read([repository], request)
    if visit.outcome is not Outcome.VISITED:
        raise GiveUp(str(visit))
    return [blob.data for blob in visit.blobs]


if __name__ == "__main__":
    main()
