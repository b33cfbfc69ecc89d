"""What this user alone may read and write, whatever the mask of new files is and whoever may enter above it.

The state names whom somebody is about to report, and what stands in it is believed: verdicts, queued
work, what was read before.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from crawler.errors import StoreError

__all__ = ["make_folder", "private_database", "private_file", "private_folder"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")
"""SQLite gives these the mode of the database when it makes them (sqlite.org, "Temporary Files")."""


def make_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it, for this user alone. Raises OSError."""
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def private_folder(folder: Path) -> Path:
    """Make `folder`, or take from others what they may do with it and all in it; return it, absolute.

    Raises StoreError where it is a link or belongs to somebody else, or cannot be made.
    """
    try:
        make_folder(folder)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            msg = f"{folder} is not a directory of this user; choose another state directory"
            raise StoreError(msg)
        _tighten(folder)
        for inner, folders, files in os.walk(folder):
            for name in (*folders, *files):
                _tighten(Path(inner, name))
    except OSError as error:
        msg = f"no files can be kept in {folder}: {error}"
        raise StoreError(msg) from error
    return folder.absolute()


def private_file(path: Path) -> None:
    """Make the empty file `path`, or take from others what they may do with it; raises OSError.

    A file that is there is not opened: closing it would end the POSIX locks that SQLite has on it in this process
    (fcntl(2)), and another process could then empty its log while we write ("How To Corrupt An SQLite Database File", 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0o600))
    _tighten(path)


def private_database(path: Path, *, create: bool) -> None:
    """Do the same for the SQLite database `path` and what lies beside it.

    Whatever cannot be done here, SQLite will say better; another's database is left as it is.
    """
    with suppress(OSError):
        if create:
            private_file(path)
        for suffix in ("", *_BESIDE_A_DATABASE):
            _tighten(path.with_name(f"{path.name}{suffix}"))


def _tighten(path: Path) -> None:
    """Take from others what they may do with a file or folder; links and what has gone are passed over."""
    with suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if mode & _OTHERS and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
