"""The dumps of an advisory database, laid out as the OSV buckets are.

`/osv/PyPI/all.zip`, `/osv/PyPI/modified_id.csv` (newest first) and `/osv/PyPI/<ID>.json`. A record whose id
holds a slash is in its source's own repository only, not in the dump.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from workers.demo.advisories import Advisory
from workers.demo.model import World
from workers.demo.web import Request, Response, tagged, text

__all__ = ["Osv", "archive"]

_ECOSYSTEM = "PyPI"


class Osv:
    """An application for `osv.example`."""

    def __init__(self, advisories: Mapping[str, Iterable[Advisory]]) -> None:
        """Serve the records of each ecosystem (`PyPI`, `npm`), withdrawn ones included."""
        self._documents = _documents(advisories)

    @classmethod
    def of(cls, world: World) -> Osv:
        """Return that with the advisories of `world`."""
        return cls({_ECOSYSTEM: world.advisories})

    def publish(self, world: World) -> None:
        """Show the advisories of another world from now on."""
        self._documents = _documents({_ECOSYSTEM: world.advisories})

    def __call__(self, request: Request) -> Response:
        """Answer one request; a known ETag is answered 304."""
        if request.method not in {"GET", "HEAD"}:
            return text(HTTPStatus.METHOD_NOT_ALLOWED, "method not allowed")
        found = self._documents.get(request.path)
        if found is None:
            return text(HTTPStatus.NOT_FOUND, "not found")
        kind, body = found
        return tagged(request, body, {"Content-Type": kind})


def archive(*members: tuple[str, bytes]) -> bytes:
    """Return a zip of (name, content), the same bytes each time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members:
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _documents(
    advisories: Mapping[str, Iterable[Advisory]],
) -> Mapping[str, tuple[str, bytes]]:
    return {
        f"/osv/{ecosystem}/{name}": document
        for ecosystem, records in advisories.items()
        for name, document in _bucket(records)
    }


def _bucket(records: Iterable[Advisory]) -> Iterable[tuple[str, tuple[str, bytes]]]:
    """Yield (name, (media type, content)) of the documents of one ecosystem."""
    by_id = {str(record["id"]): record for record in records}
    dumped = {f"{i}.json": json.dumps(r).encode() for i, r in by_id.items() if "/" not in i}
    rows = sorted(((str(r["modified"]), i) for i, r in by_id.items() if "/" not in i), reverse=True)
    listed = "".join(f"{modified},{record_id}\n" for modified, record_id in rows)
    yield "all.zip", ("application/zip", archive(*dumped.items()))
    yield "modified_id.csv", ("text/csv", listed.encode())
    for name, content in dumped.items():
        yield name, ("application/json", content)
