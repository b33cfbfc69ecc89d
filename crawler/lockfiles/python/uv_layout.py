"""The layout in which uv writes artifacts: one on a line, with the hash that the index offers."""

from __future__ import annotations

import re

from crawler.lockfiles.artifacts import Written
from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.layout import Layout
from crawler.lockfiles.documents.layout import load as load_layout
from crawler.lockfiles.index_columns import (
    FILE_URL,
    PLAIN,
    REGISTRY,
    SHA256,
    STRING,
    STRINGS,
    of_urls,
)
from crawler.model import Algorithm, Digest, LineSpan, Origin, OriginKind
from crawler.model.block import Columns

__all__ = ["load", "tell"]

_ARTIFACT = re.compile(
    r"\n(    |sdist = )\{ url = \"(https?://[^\x00-\x20\x7f\"\\@$?#%]+/([^\x00-\x20\x7f\"\\@$?#%/]++))\""
    r"(?:, hash = \"sha256:([0-9a-f]{64})\")?+"
    r"(?:, size = [0-9]{1,18}+)?+"
    rf"(?:, upload[-_]time = \"({PLAIN}++)\")?+"
    rf"(?:, zstd = \{{ hash = \"{PLAIN}++\"(?:, size = [0-9]{{1,18}}+)?+ \}})?+"
    r" \}(,?)(?=\n|\Z)"
)


_REQUIREMENT = (
    rf"\{{ name = \"{PLAIN}++\"(?:, version = \"{PLAIN}++\")?+"
    rf"(?:, source = \{{ [a-z]+ = \"{PLAIN}*+\" \}})?+"
    rf"(?:, extra = {STRINGS})?+(?:, marker = {STRING})?+ \}}"
)
_REQUIREMENTS = rf"\[\n(?:    {_REQUIREMENT},\n)*+\]\n"
_PACKAGE = re.compile(
    rf"name = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\nsource = \{{ registry = \"({REGISTRY})\" \}}\n"
    rf"(?:resolution-markers = \[\n(?:    {STRING},\n)*+\]\n)?+"
    rf"(?:dependencies = {_REQUIREMENTS})?+"
    r"(sdist = [^\n]++\n)?+(wheels = \[\n(?:    [^\n]++\n)*+\]\n)?+"
    rf"(?:\n\[package\.optional-dependencies\]\n((?:[A-Za-z0-9_-]++ = {_REQUIREMENTS})*+))?+"
)
_KEY = re.compile(r"^[A-Za-z0-9_-]++(?= = )", re.MULTILINE)
_FILE = re.compile(
    rf"^(?:(sdist = )|    )\{{ url = \"{FILE_URL}\", hash = \"sha256:{SHA256}\""
    rf"(?:, size = [0-9]{{1,18}}+)?+(?:, upload[-_]time = \"{PLAIN}++\")?+ \}}(?(1)|,)$",
    re.MULTILINE,
)


def tell(text: str) -> Columns | None:
    """Tell what a package without its header states; None where it is not written as most are."""
    found = _PACKAGE.fullmatch(text)
    if found is None:
        return None
    name, version, location, sdist, wheels, extras = found.groups("")
    keys = _KEY.findall(extras)
    files = _FILE.findall(sdist + wheels)
    if len(keys) != len(set(keys)) or len(files) != bool(sdist) + max(wheels.count("\n") - 2, 0):
        return None
    origin = Origin(kind=OriginKind.REGISTRY, location=location)
    return of_urls(name, version, origin, files)


def load(text: str) -> Document:
    """Parse the text of a uv.lock; like `document.load` and with the same errors, but faster."""
    return load_layout(text, _LAYOUT)


def _artifact(found: re.Match[str], line: int) -> Written:
    _, url, filename, digest, uploaded_at, _ = found.groups()
    digests = () if digest is None else (Digest(algorithm=Algorithm.SHA256, hex=digest),)
    return Written(LineSpan(first=line, last=line), url, filename, digests, uploaded_at)


_LAYOUT = Layout(line=_ARTIFACT, artifact=_artifact)
