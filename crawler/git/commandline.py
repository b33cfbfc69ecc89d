"""The fallback: the git program in a sandbox, for servers that our own client cannot talk to.

Never clone, checkout, submodules or `ls-tree -r`: an empty repository, one fetch without history, and
our own walk over single objects. One reader is one repository; leaving it removes its directory.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from crawler.errors import Retry
from crawler.git.catfile import CatFile, ChildOutput
from crawler.git.environment import (
    LOCAL_SETTINGS,
    REMOTE_SETTINGS,
    bare_config,
    git_environment,
)
from crawler.git.interface import Blobs, Heads, Limits, Listing
from crawler.git.messages import PlainFiles, ServerError, raise_for_git
from crawler.git.objects import RawObject, object_format, require_oid
from crawler.git.refs import PREFIXES, Advertised, choose_heads
from crawler.git.skips import Skips
from crawler.git.urls import parse_repository_url
from crawler.git.version import installed_git, require_pinning
from crawler.git.walk import list_files
from crawler.model import Refs
from crawler.net import Lookup, Reach, system_lookup
from crawler.sandbox import Completed, Confinement, SandboxLimits, run

__all__ = ["CommandLineReader"]

_ADDRESS_SPACE = 288 * 1024 * 1024
"""Bytes, of each process; endless refs fill all of it."""
_CPU_SECONDS = 5
"""Of each process. Indexing a pack of 56 MiB, 100 MiB inflated, takes 1.4 s of them; a bomb of 3 GiB, 15."""
_LEAST_FILE = 1024 * 1024
_PEELED = "^{}"
_PORTS = {"https": 443, "http": 80}


class CommandLineReader:
    """Reads one repository with git; its time begins when it is entered. Implements `ObjectReader`."""

    def __init__(  # noqa: PLR0913 - settings of one reader
        self,
        *,
        agent: str,
        limits: Limits | None = None,
        trusted_hosts: Collection[str] = (),
        connect_to: Mapping[str, str] | None = None,
        lookup: Lookup = system_lookup,
        confinement: Confinement = Confinement.REQUIRED,
        jobs: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`agent` is the User-Agent; `jobs` the folder for job directories, else the system's.

        `trusted_hosts`, `connect_to` and `lookup` are those of `Http`.
        """
        self._agent, self._limits, self._clock = agent, limits or Limits(), clock
        self._trusted, self._confinement, self._jobs = trusted_hosts, confinement, jobs
        self._reach = Reach(trusted_hosts, connect_to, lookup)
        self._commits: tuple[str, ...] = ()
        self._format = "sha1"

    def __enter__(self) -> Self:
        """Make the job directory."""
        self._job = Path(tempfile.mkdtemp(prefix="ghostcrawl-git-", dir=self._jobs))
        self._git_dir = self._job / "repository.git"
        for folder in ("objects/pack", "refs/heads"):
            (self._git_dir / folder).mkdir(parents=True)
        (self._git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        self._forget_remote()
        self._ends = self._clock() + self._limits.total_seconds
        self._skips = Skips("objects")
        missing = "the server did not send it"
        self._objects = CatFile(self._local, self._limits, self._skips, missing=missing)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Remove the job directory."""
        shutil.rmtree(self._job, ignore_errors=True)

    def heads(self, url: str, refs: Refs) -> Heads:
        """List refs; servers of the old protocol send all of them, whatever is asked."""
        limits = self._limits
        patterns = (prefix if prefix == "HEAD" else f"{prefix}*" for prefix in PREFIXES[refs])
        output = self._remote(url, ["ls-remote", "--symref", "origin", *patterns])
        heads = choose_heads(_advertised(output), refs, limits)
        if not heads.heads and refs is Refs.DEFAULT:
            output = self._remote(url, ["ls-remote", "origin", "refs/heads/*"])
            heads = choose_heads(_advertised(output), Refs.BRANCHES, limits)
        if heads.heads:
            self._format = object_format(heads.heads[0].commit)
            self._forget_remote()
        return heads

    def trees(self, url: str, commits: Collection[str], wanted: Callable[[str], int]) -> Listing:
        """Fetch commits and trees, with the blobs only where the server cannot leave them out."""
        self._commits = tuple(commits)
        try:
            self._fetch(url, ["--depth=1", "--filter=blob:none"], commits)
        except ServerError:  # that does not know filters, and does not say so
            self._fetch(url, ["--depth=1"], commits)
        except PlainFiles:
            self._fetch_files(url, commits)
        listing = list_files(self._objects, commits, wanted, self._limits)
        return replace(listing, skipped=(*self._skips.take(), *listing.skipped))

    def blobs(self, url: str, oids: Collection[str]) -> Blobs:
        """Read blobs; those not here yet are fetched by oid, or else with the whole commits."""
        if missing := sorted(set(oids) - {size.oid for size in self._objects.sizes(oids)}):
            try:
                self._fetch(url, [], missing)
            except Retry:
                self._fetch(url, ["--depth=1", "--refetch"], self._commits)
        return self._objects.blobs(oids)

    def commits(self, url: str, commit: str, depth: int) -> None:
        """Fetch `depth` commits below `commit` and their trees, for `log`; no blob where that can be."""
        self._format = object_format(commit)
        self._forget_remote()
        self._fetch(url, [f"--depth={depth}", "--filter=blob:none"], [commit])

    def log(self, arguments: Sequence[str]) -> str:
        """Return what `git log` says of what was fetched, undecodable bytes as surrogate escapes."""
        done = self._run(["log", *arguments], LOCAL_SETTINGS)
        raise_for_git("the fetched history", done)
        return done.stdout.decode("utf-8", "surrogateescape")

    def read(self, oids: Collection[str]) -> Iterator[RawObject]:
        """Return those commits and trees that were fetched."""
        return self._objects.read(oids)

    def here(self, oids: Collection[str]) -> Blobs:
        """Return those blobs that were fetched."""
        return self._objects.blobs(oids)

    def fetched_boundary(self) -> frozenset[str]:
        """Return the commits whose parents were not fetched."""
        shallow = self._git_dir / "shallow"
        return frozenset(shallow.read_text("ascii").split()) if shallow.exists() else frozenset()

    def _fetch(self, url: str, options: Sequence[str], wants: Collection[str]) -> None:
        fixed = ["fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"]
        self._remote(url, [*fixed, *options, "origin", *wants])

    def _fetch_files(self, url: str, commits: Collection[str]) -> None:
        """Fetch commits from plain files; git would walk all of history, if it were not cut off here.

        Source: git's Documentation/technical/shallow.txt.
        """
        (self._git_dir / "shallow").write_text("".join(f"{oid}\n" for oid in commits))
        self._fetch(url, [], commits)

    def _remote(self, url: str, arguments: Sequence[str]) -> bytes:
        parsed = parse_repository_url(url, self._trusted)
        route = self._reach.route(str(parsed))
        target = urlsplit(route.url)
        host, port = target.hostname or "", target.port or _PORTS[target.scheme]
        addresses = self._reach.addresses(host, port)
        require_pinning(installed_git())
        settings = {
            **LOCAL_SETTINGS,
            **REMOTE_SETTINGS,
            f"protocol.{target.scheme}.allow": "always",
            "http.userAgent": self._agent,
            "remote.origin.url": route.url,
        }
        if addresses != (host,):
            settings["http.curloptResolve"] = f"{host}:{port}:{','.join(addresses)}"
        if route.host is not None:
            settings["http.extraHeader"] = f"Host: {route.host}"
        try:
            done = self._run(arguments, settings, protocols=target.scheme, ports=(port,))
        finally:
            self._forget_remote()
        raise_for_git(str(parsed), done)
        return done.stdout

    def _local(self, arguments: Sequence[str], oids: Sequence[str]) -> ChildOutput:
        lines = "".join(f"{oid}\n" for oid in oids).encode()
        done = self._run(arguments, LOCAL_SETTINGS, stdin=lines)
        raise_for_git("the fetched objects", done)
        return ChildOutput(output=done.stdout)

    def _run(
        self,
        arguments: Sequence[str],
        settings: Mapping[str, str],
        *,
        protocols: str = "",
        ports: tuple[int, ...] = (),
        stdin: bytes = b"",
    ) -> Completed:
        left = self._ends - self._clock()
        if left <= 0:
            raise Retry(
                f"transfer too slow: more than {self._limits.total_seconds:.0f} s for one repository"
            )
        return run(
            ["git", *arguments],
            env=git_environment(self._git_dir, self._job, settings, protocols=protocols),
            cwd=self._job,
            limits=SandboxLimits(
                seconds=left,
                cpu_seconds=_CPU_SECONDS,
                address_space=_ADDRESS_SPACE,
                file_bytes=max(_LEAST_FILE, self._limits.pack_bytes * 2 - self._fetched()),
                stdout_bytes=self._limits.inflated_bytes + self._limits.refs_bytes,
                stderr_bytes=self._limits.sideband_bytes,
                ports=ports,
                confinement=self._confinement,
            ),
            stdin=stdin,
        )

    def _fetched(self) -> int:
        """Return the bytes of the packs that are here: all fetches of a visit share one room."""
        return sum(path.stat().st_size for path in (self._git_dir / "objects/pack").iterdir())

    def _forget_remote(self) -> None:
        """Write a configuration without remote, so that no object is ever fetched in passing."""
        (self._git_dir / "config").write_text(bare_config(self._format))


def _advertised(output: bytes) -> Iterator[Advertised]:
    """Read `ls-remote --symref`: a symbolic ref has a line `ref: TARGET` before the one with its oid.

    Behind a tag that is an object comes a line with what it is a tag of, `^{}` behind its name.
    """
    targets: dict[str, str] = {}
    held: Advertised | None = None
    for line in output.decode("utf-8", "surrogateescape").split("\n"):
        value, _, name = line.partition("\t")
        if value.startswith("ref: "):
            targets[name] = value.removeprefix("ref: ")
        elif held is not None and name == f"{held.name}{_PEELED}":
            held = replace(held, oid=require_oid(value))
        elif line:
            if held is not None:
                yield held
            held = Advertised(name=name, oid=require_oid(value), target=targets.get(name))
    if held is not None:
        yield held
