"""The advisory dump of the demo, laid out as the OSV buckets are.

`/osv/PyPI/all.zip`, `/osv/PyPI/modified_id.csv` (newest first) and `/osv/PyPI/<ID>.json`. A record whose id
holds a slash is in its source's own repository only, not in the dump.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from http import HTTPStatus

from workers.demo.advisories import Advisory
from workers.demo.model import World
from workers.demo.web import Request, Response, text

__all__ = ["Osv"]

_BASE = "/osv/PyPI/"


class Osv:
    """An application for `osv.example`."""

    def __init__(self, world: World) -> None:
        """Serve the advisories of `world`, withdrawn ones included."""
        self.publish(world)

    def publish(self, world: World) -> None:
        """Show the advisories of another world from now on."""
        records = {str(record["id"]): record for record in world.advisories}
        dumped = {record_id: r for record_id, r in records.items() if "/" not in record_id}
        self._documents = {
            "all.zip": ("application/zip", _archive(dumped)),
            "modified_id.csv": ("text/csv", _modified(dumped)),
        } | {f"{i}.json": ("application/json", _json(record)) for i, record in dumped.items()}

    def __call__(self, request: Request) -> Response:
        """Answer one request; a known ETag is answered 304."""
        if request.method not in {"GET", "HEAD"}:
            return text(HTTPStatus.METHOD_NOT_ALLOWED, "method not allowed")
        found = self._documents.get(request.path.removeprefix(_BASE))
        if found is None or not request.path.startswith(_BASE):
            return text(HTTPStatus.NOT_FOUND, "not found")
        kind, body = found
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"Content-Type": kind, "ETag": etag}
        if request.headers.get("if-none-match") == etag:
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(headers=headers, body=body)


def _archive(records: dict[str, Advisory]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for record_id, record in records.items():
            archive.writestr(zipfile.ZipInfo(f"{record_id}.json"), _json(record))
    return buffer.getvalue()


def _modified(records: dict[str, Advisory]) -> bytes:
    rows = sorted(((str(r["modified"]), i) for i, r in records.items()), reverse=True)
    return "".join(f"{modified},{record_id}\n" for modified, record_id in rows).encode()


def _json(record: Advisory) -> bytes:
    return json.dumps(record).encode()
