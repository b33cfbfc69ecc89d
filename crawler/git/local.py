"""Local repositories: refs read as files, objects by name through GitPython, nothing that runs a hook.

Whoever calls this reads a stranger's bytes, so it is to be done in a child with limits. Never status, diff,
checkout or the index, and nothing of the repository but its objects reaches the git program
(`crawler.git.staging`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from crawler.errors import GhostcrawlError, Gone, Stop, Unsupported
from crawler.git.catfile import CatFile
from crawler.git.folder import Folder
from crawler.git.interface import Blobs, Heads, Limits, Listing
from crawler.git.layout import Layout, layout_of
from crawler.git.local_refs import LocalRefs
from crawler.git.objects import object_format
from crawler.git.reader import visit
from crawler.git.refs import choose_heads
from crawler.git.skips import Skips
from crawler.git.staging import StagedObjects
from crawler.git.tags import peeled
from crawler.git.version import installed_git
from crawler.git.walk import list_files
from crawler.model import LOCAL, Outcome, ReadRequest, Refs, Repository, Skipped, Visit

__all__ = ["LocalReader", "local_repository"]


def local_repository(path: Path) -> Repository:
    """Return the repository at `path` as findings name it."""
    resolved = Path(os.path.realpath(path))  # which ends where links lead in a circle
    return Repository(host=LOCAL, path=resolved.as_posix(), clone_url=str(resolved))


class LocalReader:
    """Reads committed files of local repositories. Implements `crawler.model.Reader`.

    The URL of a repository is its path; the default branch is whatever HEAD points to.
    """

    def __init__(self, *, jobs: Path | None = None, limits: Limits | None = None) -> None:
        """Read within `limits`; those of time and traffic do not apply. `jobs` is for temporary files."""
        self._jobs, self._limits = jobs, limits or Limits()

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per repository, in order; only `Stop` errors are ever raised."""
        for repository in repositories:
            with tempfile.TemporaryDirectory(prefix="ghostcrawl-local-", dir=self._jobs) as job:
                yield self._visited(repository, request, Path(job))

    def _visited(self, repository: Repository, request: ReadRequest, job: Path) -> Visit:
        try:
            if not installed_git():
                raise Unsupported(
                    "the git program is missing; install it to read what is committed"
                )
            objects = _LocalObjects(Path(repository.clone_url), job, self._limits)
            return visit(objects, repository, request, self._limits)
        except Stop:
            raise
        except (GhostcrawlError, OSError, ValueError) as error:
            outcome = Outcome.GONE if isinstance(error, Gone) else Outcome.FAILED
            skipped = Skipped(context=repository.path, reason=str(error))
            return Visit(repository=repository, outcome=outcome, skipped=(skipped,))


class _LocalObjects:
    """One repository. Implements `ObjectReader`; the URLs it is given are those of that one."""

    def __init__(self, root: Path, job: Path, limits: Limits) -> None:
        self._folder, self._job, self._limits = Folder(root), job, limits
        self._skips = Skips("files below .git")
        self._format = "sha1"

    def heads(self, url: str, refs: Refs) -> Heads:  # noqa: ARG002 - it was made for one
        """Read HEAD, or all refs that are asked for."""
        there = LocalRefs(self._folder, self._layout, self._limits, self._skips)
        heads = choose_heads(there.read(refs), refs, self._limits)
        if not heads.heads and refs is Refs.DEFAULT:
            heads = choose_heads(there.read(Refs.BRANCHES), Refs.BRANCHES, self._limits)
        if heads.heads:
            self._format = object_format(heads.heads[0].commit)
            heads = replace(heads, heads=peeled(heads.heads, self._objects))
        return replace(heads, skipped=(*self._skips.take(), *heads.skipped))

    def trees(self, url: str, commits: Collection[str], wanted: Callable[[str], int]) -> Listing:  # noqa: ARG002 - it was made for one
        """Walk the trees of `commits`."""
        listing = list_files(self._objects, commits, wanted, self._limits)
        return replace(listing, skipped=(*self._skips.take(), *listing.skipped))

    def blobs(self, url: str, oids: Collection[str]) -> Blobs:  # noqa: ARG002 - it was made for one
        """Read blobs."""
        blobs = self._objects.blobs(oids)
        return replace(blobs, skipped=(*self._skips.take(), *blobs.skipped))

    @cached_property
    def _layout(self) -> Layout:
        return layout_of(self._folder, self._skips)

    @cached_property
    def _objects(self) -> CatFile:
        staged = StagedObjects(
            self._folder, self._layout, self._job, self._skips, object_format=self._format
        )
        missing = "missing or damaged in the local repository"
        return CatFile(staged, self._limits, self._skips, missing=missing)
