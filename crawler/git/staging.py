"""A git directory of our own, into which the objects of a stranger's repository are linked one by one.

The git program sees packs and loose objects that are regular files inside the folder that was named, and
nothing else of the repository: no configuration, no hook, no graft, no alternate, no FIFO.
Source: gitrepository-layout(5).
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from git.cmd import Git

from crawler.errors import GhostcrawlError, Malformed, Refused, TooLarge
from crawler.git.catfile import ChildOutput
from crawler.git.environment import LOCAL_SETTINGS, bare_config, git_environment
from crawler.git.folder import Folder
from crawler.git.layout import Layout
from crawler.git.skips import Skips

__all__ = ["StagedObjects"]

_MOST_PACKS = 2_000
_MOST_FILES = 20_000
"""In one folder of packs."""
_MOST_LOOSE_BYTES = 64 * 1024 * 1024
"""Deflated; no object of more than 20 MiB is read in any case."""


class StagedObjects:
    """Answers `git cat-file` about the objects of one layout."""

    def __init__(
        self, folder: Folder, layout: Layout, job: Path, skips: Skips, *, object_format: str
    ) -> None:
        """Stage the packs in `job`, an empty folder; what cannot be is noted."""
        self._folder, self._stores, self._skips = folder, layout.object_dirs, skips
        self._job, self._git_dir = job, job / "repository.git"
        for below in ("objects/pack", "refs/heads"):
            (self._git_dir / below).mkdir(parents=True)
        (self._git_dir / "HEAD").write_text("ref: refs/heads/none\n")
        (self._git_dir / "config").write_text(bare_config(object_format))
        self._seen: set[str] = set()
        self._git = Git(job)
        self._git.update_environment(
            **git_environment(self._git_dir, job, LOCAL_SETTINGS),
            # GitPython hands down what this process has; a hook sets these.
            GIT_OBJECT_DIRECTORY=str(self._git_dir / "objects"),
            GIT_ALTERNATE_OBJECT_DIRECTORIES="",
        )
        self._stage_packs()

    def __call__(self, arguments: Sequence[str], oids: Sequence[str]) -> ChildOutput:
        """Run git with `arguments` and write `oids` to it."""
        for oid in oids:
            self._stage_loose(oid)
        with tempfile.TemporaryFile(dir=self._job) as lines:
            lines.writelines(b"%b\n" % oid.encode() for oid in oids)
            lines.seek(0)
            status, output, _ = self._git.execute(
                ["git", *arguments],
                istream=lines,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
        return ChildOutput(output=output, whole=status == 0)

    def _stage_packs(self) -> None:
        packs = (pack for store in self._stores for pack in self._packs_in(store / "pack"))
        for number, pack in enumerate(islice(packs, _MOST_PACKS)):
            name = self._git_dir / f"objects/pack/pack-{number:040x}"
            try:
                for suffix in (".idx", ".pack"):
                    self._link(pack.with_suffix(suffix), name.with_suffix(suffix))
            except GhostcrawlError as error:
                self._skips.add(self._folder.shown(pack), error)
                name.with_suffix(".idx").unlink(missing_ok=True)
        if next(packs, None) is not None:
            self._skips.add("objects/pack", f"more than {_MOST_PACKS} packs")

    def _packs_in(self, path: Path) -> Iterator[Path]:
        """Yield the packs of one folder, by their index."""
        shown = self._folder.shown(path)
        try:
            with os.scandir(self._folder.folder(path)) as entries:
                names = sorted(entry.name for entry in islice(entries, _MOST_FILES))
        except FileNotFoundError:
            return
        except GhostcrawlError as error:
            self._skips.add(shown, error)
            return
        except OSError as error:
            self._skips.add(shown, f"cannot be listed: {error.strerror}")
            return
        if len(names) == _MOST_FILES:
            self._skips.add(shown, f"more than {_MOST_FILES} files")
        yield from (path / name for name in names if name.endswith(".idx"))

    def _stage_loose(self, oid: str) -> None:
        """Stage one object, if it lies in a file of its own."""
        if oid in self._seen:
            return
        self._seen.add(oid)
        name = Path(oid[:2], oid[2:])
        for store in self._stores:
            file = store / name
            if not os.path.lexists(file):
                continue
            try:
                self._link(file, self._git_dir / "objects" / name, _MOST_LOOSE_BYTES)
            except GhostcrawlError as error:
                self._skips.add(self._folder.shown(file), error)
            else:
                return

    def _link(self, file: Path, name: Path, most: int | None = None) -> None:
        """Let git see `file` as `name`; raises GiveUp where it must not, or cannot."""
        real = self._folder.file(file)
        try:
            status = real.lstat()
        except OSError as error:
            raise Malformed(f"cannot be read: {error.strerror}") from error
        if not stat.S_ISREG(status.st_mode):
            raise Refused("not a regular file")
        if most is not None and status.st_size > most:
            raise TooLarge(f"larger than {most} bytes")
        name.parent.mkdir(exist_ok=True)
        name.symlink_to(real)
