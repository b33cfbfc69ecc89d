"""Tarballs of the npm registry, as the locks of its clients name them.

Source: W3C "Subresource Integrity" (`sha512-<base64>`, several with a space between) and npm's
`<registry>/<name>/-/<file>` layout (`npm/registry`, REGISTRY-API.md).
"""

from __future__ import annotations

from urllib.parse import unquote

from crawler.lockfiles.artifacts import file_name
from crawler.lockfiles.plain_urls import plain_file_name
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import redact

__all__ = ["differs", "tarball_pin"]


def differs(name: str, url: str) -> bool:
    """Say whether a URL of npm's layout states another package than `name`."""
    if "/-/" not in url:
        return False
    stated = unquote(url.partition("?")[0].partition("#")[0].partition("/-/")[0])
    return not stated.endswith(f"/{name}")


def _kept(url: str) -> tuple[str, str | None]:
    """Return `url` as it may be kept, and its file name; in most the fragment is a digest or missing."""
    place, mark, fragment = url.partition("#")
    name = plain_file_name(place)
    if name is not None and (not mark or fragment.isalnum()):
        return url, name
    kept = redact(url)
    return kept, file_name(kept)


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
    kept, filename = (None, None) if url is None else _kept(url)
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
