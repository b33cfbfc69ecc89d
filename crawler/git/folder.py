"""The folder that a user named: what its `.git` leads to outside of it is said, and not followed.

Ways out are symbolic links, `gitdir:` files, `commondir` and alternates (gitrepository-layout(5)).
"""

from __future__ import annotations

import os
from pathlib import Path

from crawler.errors import Gone, Malformed, Refused
from crawler.sandbox.files import read_file

__all__ = ["Folder"]


class Folder:
    """Reads files below `root`, links resolved, and none that is elsewhere."""

    def __init__(self, root: Path) -> None:
        """Take `root` as it was named: if it is a link itself, what it leads to is meant."""
        self.root = Path(os.path.realpath(root))

    def file(self, path: Path, *, told_by: Path | None = None) -> Path:
        """Return what `path` really is, whether it exists or not. Raises Refused where it is outside."""
        try:
            real = Path(os.path.realpath(path))
        except ValueError as error:  # a NUL in it
            raise Malformed(f"{self.shown(told_by or path)} names no path: {error}") from error
        if real != self.root and self.root not in real.parents:
            raise Refused(f"{told_by or path} points outside the scanned folder: {real}")
        return real

    def folder(self, path: Path, *, told_by: Path | None = None) -> Path:
        """Return what the folder `path` really is; `told_by` is the file that names it.

        Raises Refused where it is outside, with what to scan instead.
        """
        try:
            return self.file(path, told_by=told_by)
        except Refused as error:
            raise Refused(f"{error}; scan {_owner(Path(os.path.realpath(path)))} itself") from error

    def read(self, path: Path, most: int) -> bytes:
        """Return the content of a file.

        Raises Gone where there is none, Refused outside and for what is no regular file, TooLarge for
        more than `most` bytes, and Malformed where it cannot be read.
        """
        real = self.file(path)
        try:
            return read_file(real, most)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Gone(f"{self.shown(path)} does not exist") from error
        except OSError as error:
            raise Malformed(f"cannot be read: {error.strerror}") from error

    def read_if_there(self, path: Path, most: int) -> bytes | None:
        """Return the content of a file that may be missing; raises as `read` otherwise."""
        try:
            return self.read(path, most)
        except Gone:
            return None

    def shown(self, path: Path) -> str:
        """Return `path` as it is named in what was not looked at: from the root of the folder."""
        return os.path.relpath(path, self.root)


def _owner(real: Path) -> Path:
    """Return the folder that a user can scan: the one whose repository `real` is a part of.

    A linked work tree keeps its HEAD in `X/.git/worktrees/NAME`, and all else in `X/.git`; a submodule
    below `X/.git/modules` is a repository of its own.
    """
    for above in (real, *real.parents):
        if above.name == ".git" and "modules" not in real.relative_to(above).parts:
            return above.parent
    if real.parent.name == "worktrees" and real.parents[1].name != "modules":
        return real.parents[1]
    return real.parent if real.name == "objects" else real
