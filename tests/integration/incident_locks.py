"""Locks of known affairs, and what the whole way from their text to a finding makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from crawler import pipeline
from crawler.model import (
    Confidence,
    Ecosystem,
    LockBlob,
    Match,
    Registry,
    Tier,
    Verdict,
    path_of,
)

__all__ = ["found", "summary", "uv_lock"]

REGISTRIES = {
    Ecosystem.PYPI: Registry(
        ecosystem=Ecosystem.PYPI,
        index_url="https://index.example/simple/",
        file_hosts=frozenset({"files.index.example"}),
        mirrors=frozenset({"https://mirror.example/simple/"}),
    ),
    Ecosystem.NPM: Registry(
        ecosystem=Ecosystem.NPM,
        index_url="https://registry.npm.example/",
        file_hosts=frozenset({"registry.npm.example"}),
    ),
}


def found(path: str, text: str, verdicts: Iterable[Verdict] = ()) -> list[Match]:
    """Read the lock as a visit would, and match it."""
    data = text.encode()
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    blob = LockBlob(oid=oid, path=path, data=data)
    known = tuple(verdicts)
    return list(pipeline.inspect(blob, lambda _keys: known, REGISTRIES).matches)


def summary(matches: Iterable[Match]) -> list[tuple[str | None, Tier, Confidence, list[str]]]:
    return [(m.pin.name, m.tier, m.confidence, [r.code for r in m.reasons]) for m in matches]


def uv_lock(
    name: str,
    version: str,
    filename: str,
    *,
    blake: str = "ab" * 32,
    host: str = "files.index.example",
    index: str = "https://index.example/simple",
    uploaded: str = "2026-05-01T00:00:00Z",
) -> str:
    return f"""version = 1
requires-python = ">=3.11"

[[package]]
name = "{name}"
version = "{version}"
source = {{ registry = "{index}" }}
wheels = [
    {{ url = "https://{host}{path_of(blake, filename)}", hash = "sha256:{"cd" * 32}", size = 1, upload-time = "{uploaded}" }},
]
"""
