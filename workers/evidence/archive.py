"""A zip file of which every byte follows from what is in it, so that any other byte shows."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from crawler.errors import Malformed
from crawler.sandbox.files import read_file

__all__ = ["LARGEST", "archive", "files_in", "read_archive", "write_private"]

LARGEST = 64 * 1024 * 1024
"""Bytes of an archive, and of all that is in it."""
_MOST_FILES = 512
_EPOCH = (1980, 1, 1, 0, 0, 0)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of `files` by their paths; the same files give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            zipped.writestr(entry, files[name])
    return written.getvalue()


def files_in(data: bytes) -> Mapping[str, bytes]:
    """Return what is in an archive of ours; raises Malformed for any other bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            entries = zipped.infolist()
            stored = all(one.compress_type == zipfile.ZIP_STORED for one in entries)
            if not stored or len(entries) > _MOST_FILES:
                raise Malformed("this is no pack of ghostcrawl")
            files = {one.filename: zipped.read(one) for one in entries}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError) as error:
        raise Malformed("this is no pack of ghostcrawl, or it is damaged") from error
    if archive(files) != data:
        raise Malformed("the archive is not as ghostcrawl writes it: a byte was changed")
    return files


def read_archive(path: Path) -> bytes:
    """Return the bytes of the file `path`; raises OSError, Refused, TooLarge."""
    return read_file(path, LARGEST)


def write_private(path: Path, data: bytes) -> None:
    """Put a file that only this user can read into the place of `path`; raises OSError."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    partial.replace(path)
