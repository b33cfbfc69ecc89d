"""Documents of JSON in a file or a directory, for imports: bounded, complete, in a stable order."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import FeedError, Malformed
from crawler.fields import read_json
from crawler.model import Skipped
from feeds.guards import refuse_html

__all__ = ["Documents", "FileDocument", "documents_of", "items", "member"]

_LARGEST = 64 * 1024 * 1024
_LARGEST_TOTAL = 1024 * 1024 * 1024
_MOST_FILES = 20_000
_GZIP = b"\x1f\x8b"
_SUFFIXES = (".json", ".json.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDocument:
    """One file."""

    name: str
    value: object
    """What `json` makes of it: not looked at yet."""


class Documents:
    """The documents at a path, one after the other, and what is known after the last."""

    def __init__(self, path: Path, feed: str, ignored: frozenset[str]) -> None:
        """Read `path`; `ignored` are names of files in a directory that hold no document."""
        self._path, self._feed, self._ignored = path, feed, ignored
        self._digest = hashlib.sha256()
        self.skipped = list[Skipped]()
        """Files of a directory that were not read."""

    def __iter__(self) -> Iterator[FileDocument]:
        total = 0
        for path in self._paths():
            body = self._body(path)
            total += len(body)
            if total > _LARGEST_TOTAL:
                self._refuse(f"more than {_LARGEST_TOTAL} bytes in all")
            refuse_html(self._feed, path.name, body)
            self._digest.update(hashlib.sha256(body).digest())
            try:
                value = read_json(body, path.name)
            except Malformed as error:
                msg = f"{self._feed}: {error}; nothing was changed. Fetch the file again"
                raise FeedError(msg) from error
            yield FileDocument(name=path.name, value=value)

    @property
    def sha256(self) -> str:
        """Digest of the contents that were read, whatever the files are called."""
        return self._digest.hexdigest()

    def _paths(self) -> Sequence[Path]:
        if not self._path.is_dir():
            return (self._path,)
        found = list[Path]()
        try:
            for path in sorted(self._path.iterdir()):
                if path.is_symlink() or not path.is_file() or not path.name.endswith(_SUFFIXES):
                    reason = "no plain file that ends with .json or .json.gz"
                    self.skipped.append(Skipped(context=ascii(path.name), reason=reason))
                elif path.name not in self._ignored:
                    found.append(path)
        except OSError as error:
            self._refuse(f"not readable: {error}")
        if not 0 < len(found) <= _MOST_FILES:
            self._refuse(f"{len(found)} JSON files in the directory")
        return found

    def _body(self, path: Path) -> bytes:
        try:
            with path.open("rb") as raw:
                body = raw.read(_LARGEST + 1)
                if body.startswith(_GZIP):
                    raw.seek(0)
                    with gzip.open(raw) as unpacked:
                        body = unpacked.read(_LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            self._refuse(f"not readable to the end: {error}")
        if len(body) > _LARGEST:
            self._refuse(f"{path.name} holds more than {_LARGEST} bytes")
        return body

    def _refuse(self, why: str) -> None:
        msg = f"{self._feed}: {why}; nothing was changed"
        raise FeedError(msg)


def documents_of(path: Path, feed: str, ignored: frozenset[str] = frozenset()) -> Documents:
    """Return the documents of a file, or of all `.json` files of a directory, sorted by name.

    While they are read, FeedError is raised for a file that is torn, no JSON, a web page, or too large
    (64 MiB a file, 1 GiB or 20,000 files in all, counted after unpacking).
    """
    return Documents(path, feed, ignored)


def member(value: object, key: str) -> object:
    """Return what stands at `key` of a JSON object; None where it is none or has no such key."""
    return value.get(key) if isinstance(value, Mapping) else None


def items(value: object) -> Sequence[object]:
    """Return the items of a JSON array; nothing where it is none."""
    return value if isinstance(value, list) else ()
