"""The layouts in which uv and pdm write the artifacts of a pylock.toml: one on a line."""

from __future__ import annotations

import re
from datetime import datetime

from crawler.lockfiles.artifacts import Written
from crawler.lockfiles.document import Document
from crawler.lockfiles.layout import Layout
from crawler.lockfiles.layout import load as load_layout
from crawler.model import Algorithm, Digest, LineSpan

__all__ = ["load"]

_ARTIFACT = re.compile(
    r"\n(    |sdist = |wheels = \[)\{ ?(?:name = \"([^\x00-\x20\x7f\"\\/%?#]++)\", ?)?+"
    r"url = \"(https?://[^\x00-\x20\x7f\"\\@$?#%]+/([^\x00-\x20\x7f\"\\@$?#%/]++))\""
    r"(?:, upload-time = ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?+Z))?+"
    r"(?:, size = [1-9][0-9]{0,17}+)?+"
    r", ?hashes = \{ ?sha256 = \"([0-9a-f]{64})\" ?\} ?\}(,?|\])(?=\n|\Z)"
)


def load(text: str) -> Document:
    """Parse the text of a pylock.toml; like `document.load` and with the same errors, but faster."""
    return load_layout(text, _LAYOUT)


def _artifact(found: re.Match[str], line: int) -> Written | None:
    _, name, url, last, moment, digest, _ = found.groups()
    try:
        uploaded_at = None if moment is None else datetime.fromisoformat(moment).isoformat()
    except ValueError:
        return None
    digests = (Digest(algorithm=Algorithm.SHA256, hex=digest),)
    return Written(LineSpan(first=line, last=line), url, name or last, digests, uploaded_at)


_LAYOUT = Layout(line=_ARTIFACT, artifact=_artifact)
