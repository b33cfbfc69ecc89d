"""What a hostile remote is: how it is served, and in what a visit of it may end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crawler.git.objects import ObjectType, oid_of
from crawler.model import Refs
from tests.servers.packs import Objects, entry, pack
from tests.servers.raw_http import Script, raw_server
from tests.servers.scripted_git import Say, ScriptedGitServer, capabilities, packfile, refs

__all__ = ["HONEST", "SOME_OID", "Mode", "Served", "Trap", "Tree", "raw", "scripted", "trees"]

SOME_OID = "ab" * 20
HONEST = b"an honest lock\n"
"""A file that must come home whatever stands beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """What a remote wants: that something is run, written or asked."""

    marker: Path
    """Made by whoever runs a stranger's command."""
    lure: str
    """`http://host:port` of a server that nobody should ever ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A remote that is up."""

    url: str
    trusted: tuple[str, ...]
    heard: Callable[[], list[str]]
    """All request heads so far."""


Serve = Callable[[Trap], AbstractContextManager[Served]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A hostile remote; the number in its id is that of the list of hostile inputs."""

    id: str
    """`A22-endless-refs`."""
    serve: Serve
    reader: str
    """The verdicts that `GitReader` may come to, separated by `|`."""
    program: str
    """The same of the git program in its sandbox; empty where it cannot differ, and is not run."""
    reads: tuple[str, ...] = ()
    """Paths that have to come home all the same."""
    refs: Refs = Refs.DEFAULT
    cpu_seconds: float = 10.0
    """That `GitReader` may take; the git program has a limit of its own."""
    patient: bool = False
    """Whether it is read with the limits of earnest, which take longer to reach than a test may."""


def scripted(
    *,
    heads: Callable[[Trap], Say] = lambda _: refs(SOME_OID),
    fetch: Callable[[bytes], Say] = lambda _: packfile(pack([])),
    probe: Callable[[Trap], Say] = lambda _: capabilities(),
) -> Serve:
    """Serve what the three callables answer."""

    @contextmanager
    def serve(trap: Trap) -> Iterator[Served]:
        with ScriptedGitServer(
            refs=lambda: heads(trap), fetch=fetch, probe=lambda: probe(trap)
        ) as server:
            yield Served(url=server.url, trusted=(server.authority,), heard=lambda: server.heard)

    return serve


def raw(script: Callable[[Trap], Script]) -> Serve:
    """Serve bytes that may be no HTTP at all."""

    @contextmanager
    def serve(trap: Trap) -> Iterator[Served]:
        with raw_server(script(trap)) as server:
            yield Served(
                url=server.url("/r.git"),
                trusted=(server.authority,),
                heard=lambda: [head.decode("latin-1") for head in server.first_bytes],
            )

    return serve


class Tree:
    """A repository made by hand; it always holds an honest lock at its root."""

    def __init__(self) -> None:
        self.objects = Objects()
        self.blobs = [entry(ObjectType.BLOB, HONEST)]
        self.honest = ("100644", b"uv.lock", oid_of(ObjectType.BLOB, HONEST))

    def blob(self, data: bytes) -> str:
        """Add a blob that is sent when it is asked for."""
        self.blobs.append(entry(ObjectType.BLOB, data))
        return oid_of(ObjectType.BLOB, data)

    def tip(self, *entries: tuple[str, bytes, str]) -> str:
        """Return a commit of a tree of `entries` and the honest lock, in this order."""
        return self.objects.commit(self.objects.tree(*entries, self.honest))


def trees(build: Callable[[Tree], str]) -> Serve:
    """Serve the commit that `build` returns, made when it is first visited."""

    @contextmanager
    def serve(trap: Trap) -> Iterator[Served]:
        tree = Tree()
        tip = build(tree)
        listing, files = packfile_bytes(tree.objects.entries), packfile_bytes(tree.blobs)
        inner = scripted(
            heads=lambda _: refs(tip),
            fetch=lambda body: packfile(listing if b"filter" in body else files),
        )
        with inner(trap) as served:
            yield served

    return serve


def packfile_bytes(entries: list[bytes]) -> bytes:
    return pack(list(dict.fromkeys(entries)))
