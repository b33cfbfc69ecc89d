"""A small npm registry for tests: packuments and tarballs of harmless packages, made in memory.

It is asked at its loopback address: npm and yarn do not take plain http through a proxy. The URL of a
tarball therefore begins as the request's Host header says.

What it answers is what the registry's own API page says of packuments (npm/registry, `REGISTRY-API.md`
and `responses/package-metadata.md`): the full form, and the abbreviated one for installers.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import quote, unquote

from workers.demo.web import Request, Response, as_json, text

__all__ = ["NpmPackage", "NpmRegistry"]

_ABBREVIATED = "application/vnd.npm.install-v1+json"
_UPLOADED_AT = "2026-01-05T08:00:00.000Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmPackage:
    """One version of a package; its tarball holds a manifest and an empty module."""

    name: str
    version: str
    dependencies: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)
    """Other members of its manifest."""
    inside: tuple[NpmPackage, ...] = ()
    """What its archive brings along."""

    @property
    def manifest(self) -> Mapping[str, object]:
        return {
            "name": self.name,
            "version": self.version,
            "main": "index.js",
            "dependencies": dict(self.dependencies),
            **self.more,
        }

    @property
    def filename(self) -> str:
        return f"{self.name.rpartition('/')[2]}-{self.version}.tgz"

    @property
    def path(self) -> str:
        """Of the tarball: `/NAME/-/FILE`."""
        return f"/{self.name}/-/{self.filename}"

    @property
    def tarball(self) -> bytes:
        """The same bytes every time; nothing is compressed, so no version of zlib matters."""
        files = {
            "package/package.json": json.dumps(self.manifest, indent=2).encode(),
            "package/index.js": b"module.exports = {};\n",
        }
        files |= {
            f"package/node_modules/{one.name}/package.json": json.dumps(one.manifest).encode()
            for one in self.inside
        }
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path, data in files.items():
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(data), 0o644
                archive.addfile(entry, io.BytesIO(data))
        return gzip.compress(buffer.getvalue(), compresslevel=0, mtime=0)

    @property
    def sha1(self) -> str:
        return hashlib.sha1(self.tarball).hexdigest()

    @property
    def sha512(self) -> str:
        return hashlib.sha512(self.tarball).hexdigest()

    @property
    def integrity(self) -> str:
        """Subresource integrity (SRI) of the tarball, as locks write it."""
        return f"sha512-{base64.b64encode(bytes.fromhex(self.sha512)).decode()}"


class NpmRegistry:
    """An application for one virtual host; safe to call from many threads.

    A removed package has no packument any more; its tarballs go on being served, as a mirror does.
    """

    def __init__(self, packages: Iterable[NpmPackage]) -> None:
        """Serve these versions."""
        self._tarballs = {package.path: package for package in packages}
        self._removed: frozenset[str] = frozenset()
        self._withheld: frozenset[tuple[str, str]] = frozenset()
        self.asked: list[str] = []
        """Names whose packument was asked for, in order; known or not."""

    def remove(self, name: str) -> None:
        """From now on the registry knows no package `name`."""
        self._removed |= {name}

    def withhold(self, name: str, versions: Iterable[str]) -> None:
        """From now on the packument of `name` has all versions but these."""
        others = {one for one in self._withheld if one[0] != name}
        self._withheld = frozenset(others | {(name, version) for version in versions})

    def __call__(self, request: Request) -> Response:
        """Answer one request; only reading is known."""
        if request.method not in {"GET", "HEAD"}:
            return text(HTTPStatus.NOT_FOUND, "not found")
        path = unquote(request.path)
        package = self._tarballs.get(path)
        if package is not None:
            headers = {"Content-Type": "application/octet-stream"}
            return Response(headers=headers, body=package.tarball)
        self.asked.append(path.removeprefix("/"))
        return self._packument(path.removeprefix("/"), request.headers)

    def _packument(self, name: str, headers: Mapping[str, str]) -> Response:
        versions = [
            package
            for package in self._tarballs.values()
            if package.name == name and (name, package.version) not in self._withheld
        ]
        if not versions or name in self._removed:
            return as_json({"error": "Not found"}, status=HTTPStatus.NOT_FOUND)
        base = f"http://{headers['host']}"
        short = _ABBREVIATED in headers.get("accept", "")
        body: dict[str, object] = {
            "name": name,
            "dist-tags": {"latest": versions[-1].version},
            "modified": _UPLOADED_AT,
            "versions": {package.version: _shown(package, base) for package in versions},
        }
        if not short:
            body["_id"] = name
            body["time"] = dict.fromkeys(
                ("created", "modified", *(p.version for p in versions)), _UPLOADED_AT
            )
        return as_json(body, {"Content-Type": _ABBREVIATED if short else "application/json"})


def _shown(package: NpmPackage, base: str) -> Mapping[str, object]:
    dist = {
        "shasum": package.sha1,
        "integrity": package.integrity,
        "tarball": f"{base}{quote(package.path, safe='/@')}",
    }
    return {**package.manifest, "dist": dist}
