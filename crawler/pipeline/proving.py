"""Evidence: taken down from the bytes of the lock, and checked again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.matching import identify, registry_of
from crawler.model import (
    Algorithm,
    Evidence,
    Finding,
    LineSpan,
    LockBlob,
    Pin,
    path_of,
    project_of_file,
)
from crawler.model.urls import redact_text

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.hosts.interface import Host
    from crawler.model import Ecosystem, Liveness, Registry

__all__ = ["evidence", "verify"]

_LONGEST_EXCERPT = 40

_LONGEST_LINE = 400


def evidence(
    finding: Finding,
    blob: LockBlob,
    host: Host,
    registries: Mapping[Ecosystem, Registry],
    now: datetime,
) -> Evidence:
    """Take down what a third party needs, from the bytes of the lock itself."""
    pin, sighting = finding.match.pin, finding.sighting
    lines = pin.lines
    return Evidence(
        permalink=host.permalink(finding.repository, sighting.commit, sighting.path, lines),
        blob_oid=blob.oid,
        lock_sha256=hashlib.sha256(blob.data).hexdigest(),
        lock_size=len(blob.data),
        lines=lines,
        excerpt="" if lines is None else _excerpt(blob.data, lines),
        liveness=None,
        still_at_head=None,
        collected_at=now,
        viewer_url=_viewer_page(pin, registry_of(pin, registries.get(pin.ecosystem))),
    )


def _viewer_page(pin: Pin, registry: Registry | None) -> str | None:
    """Return the page of the registry's viewer that shows the pinned file, where that can be known.

    Its shape is that of pypi/inspector: /project/<name>/<version>/packages/<2>/<2>/<60>/<file>/.
    """
    digests = identify(pin).digests
    digest = next((d for d in digests if d.algorithm is Algorithm.BLAKE2B_256), None)
    stated = None if pin.filename is None else project_of_file(pin.filename, pin.name)
    if registry is None or not registry.viewer_url or digest is None or stated is None:
        return None
    name, version = stated
    path = quote(path_of(digest.hex, pin.filename or ""))
    return f"{registry.viewer_url}/project/{name}/{quote(version)}{path}/"


def _excerpt(data: bytes, lines: LineSpan) -> str:
    """Cut the lines out of the lock; credentials are redacted, long lines and spans are cut."""
    text = data.decode("utf-8", errors="replace").split("\n")[lines.first - 1 : lines.last]
    return "\n".join(
        redact_text(line.rstrip("\r"))[:_LONGEST_LINE] for line in text[:_LONGEST_EXCERPT]
    )


def verify(
    known: Evidence,
    url: str | None,
    ask: Callable[[str], Liveness],
    *,
    still_at_head: bool | None,
    now: datetime,
) -> Evidence:
    """Check a finding again: `ask` sends one HEAD for the file; the caller looked at the repository."""
    answer = None if url is None else ask(url)
    return replace(known, liveness=answer, still_at_head=still_at_head, verified_at=now)
