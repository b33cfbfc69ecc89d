"""The folder of a report on disk: no link in it is followed, and no step leaves it half done.

Before anything else the manifest says what will be written, with the digests before and after; so
whoever is interrupted between two steps leaves files that the next report knows as ours.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import ConfigurationError
from crawler.reporting.correction import WITHDRAWN_FOLDER
from workers.reports.manifest import MANIFEST, manifest_text, records_in
from workers.reports.plan import NOT_A_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workers.reports.manifest import FileRecord, Records
    from workers.reports.plan import ReportPlan

__all__ = ["ReportFolder"]

_BEING_WRITTEN = ".ghostcrawl-writing"
"""A text on its way to its name; what is left of it was interrupted."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ReportFolder:
    """A folder that one process has to itself until it is closed."""

    def __init__(self, descriptor: int, stack: ExitStack, selection: str) -> None:
        """Use `open`."""
        self._root, self._stack, self._selection = descriptor, stack, selection
        self._withdrawn: int | None = None

    @classmethod
    @contextmanager
    def open(cls, path: Path, selection: str = "") -> Iterator[ReportFolder]:
        """Make the folder if there is none, and lock it; `selection` is what alone is reported there.

        Raises ConfigurationError where that is not possible, and for every file that cannot be written
        while it is open.
        """
        with ExitStack() as stack:
            try:
                path.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, _FOLDER)
                stack.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                folder = cls(descriptor, stack, selection)
                with suppress(FileNotFoundError):
                    os.unlink(_BEING_WRITTEN, dir_fd=descriptor)
                yield folder
            except BlockingIOError as error:
                msg = f"{path}: another report is being written there; wait for it to end"
                raise ConfigurationError(msg) from error
            except OSError as error:
                msg = f"the report cannot be written to {path}: {error.strerror}"
                raise ConfigurationError(msg) from error

    def records(self) -> Records:
        """Return what the manifest says; nothing where there is none yet.

        Raises ConfigurationError for a manifest that is not ours, or of another selection.
        """
        digest = self.digest_of(MANIFEST)
        if digest is None:
            return {}
        data = b"" if digest == NOT_A_FILE else self._read(MANIFEST) or b""
        return records_in(data.decode("utf-8", errors="replace"), self._selection)

    def strangers(self) -> int:
        """Return how many entries of the folder no manifest speaks of; 0 where there is a manifest."""
        names = os.listdir(self._root)  # noqa: PTH208 - of an open folder, not of a path
        return 0 if MANIFEST in names else len(names)

    def digest_of(self, name: str) -> str | None:
        """Return the SHA-256 of a file; NOT_A_FILE for what is none, None where there is nothing."""
        folder, leaf = self._at(name)
        if folder is None:
            return None
        try:
            found = os.stat(leaf, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            return NOT_A_FILE
        data = self._read(name)
        return NOT_A_FILE if data is None else hashlib.sha256(data).hexdigest()

    def apply(self, plan: ReportPlan) -> None:
        """Do what is planned."""
        for step in self.steps(plan):
            step()

    def steps(self, plan: ReportPlan) -> Iterator[Callable[[], None]]:
        """Yield what is planned in steps, first what takes a letter away, then what writes one.

        Whoever stops between two of them leaves what the next report of the same findings sets right.
        """
        yield partial(self._write_manifest, plan.during.values())
        for old, new in plan.moves.items():
            yield partial(self._move, old, new)
        for name in plan.removes:
            yield partial(self._remove, name)
        for document in plan.writes:
            yield partial(self._write, document.name, document.text)
        yield partial(self._write_manifest, plan.after.values())

    def _move(self, old: str, new: str) -> None:
        (source, leaf), (target, new_leaf) = self._at(old), self._at(new, make=True)
        os.replace(leaf, new_leaf, src_dir_fd=source, dst_dir_fd=target)

    def _remove(self, name: str) -> None:
        folder, leaf = self._at(name)
        os.unlink(leaf, dir_fd=folder)

    def _write_manifest(self, records: Iterable[FileRecord]) -> None:
        text = manifest_text(records, self._selection)
        if self._read(MANIFEST) != text.encode():
            self._write(MANIFEST, text)

    def _write(self, name: str, text: str) -> None:
        """Write a file whole or not at all."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(_BEING_WRITTEN, flags, 0o600, dir_fd=self._root)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        folder, leaf = self._at(name, make=True)
        os.replace(_BEING_WRITTEN, leaf, src_dir_fd=self._root, dst_dir_fd=folder)

    def _read(self, name: str) -> bytes | None:
        folder, leaf = self._at(name)
        if folder is None:
            return None
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(leaf, flags, dir_fd=folder)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def _at(self, name: str, *, make: bool = False) -> tuple[int | None, str]:
        """Return the folder that a name is in, opened, and its last part; None where there is none."""
        folder, _, leaf = name.rpartition("/")
        return (self._below(make=make) if folder else self._root), leaf

    def _below(self, *, make: bool) -> int | None:
        if self._withdrawn is None:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(WITHDRAWN_FOLDER, dir_fd=self._root)
            try:
                self._withdrawn = os.open(WITHDRAWN_FOLDER, _FOLDER, dir_fd=self._root)
            except FileNotFoundError:
                return None
            self._stack.callback(os.close, self._withdrawn)
        return self._withdrawn
