"""Tarballs of the npm registry, as the locks of its clients name them.

Source: W3C "Subresource Integrity" (`sha512-<base64>`, several with a space between) and npm's
`<registry>/<name>/-/<file>` layout (`npm/registry`, REGISTRY-API.md).
"""

from __future__ import annotations

from urllib.parse import unquote

from crawler.lockfiles.artifacts import file_name
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import is_path, redact

__all__ = ["differs", "tarball_pin"]


def differs(name: str, url: str) -> bool:
    """Say whether a URL of npm's layout states another package than `name`."""
    if "/-/" not in url:
        return False
    stated = unquote(url.partition("?")[0].partition("#")[0].partition("/-/")[0])
    return not stated.endswith(f"/{name}")


def tarball_pin(  # noqa: PLR0913 - a pin has as many fields
    name: str | None,
    version: str | None,
    origin: Origin,
    lines: LineSpan,
    *,
    url: str | None = None,
    digests: tuple[Digest, ...] = (),
) -> Pin:
    """Return the pin of a package of npm; flags `no-hash` and `name-differs` where they apply."""
    kept = None if url is None else redact(url)
    filename = None if kept is None else file_name(kept)
    if kept is not None and is_path(kept):
        origin, kept = Origin(kind=OriginKind.PATH, location=kept), None
    registry = origin.kind is OriginKind.REGISTRY
    flags = ("no-hash",) if registry and kept is not None and not digests else ()
    if registry and kept is not None and name is not None and differs(name, kept):
        flags = (*flags, "name-differs")
    return Pin(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=version,
        origin=origin,
        lines=lines,
        url=kept,
        filename=filename,
        digests=digests,
        flags=flags,
    )
