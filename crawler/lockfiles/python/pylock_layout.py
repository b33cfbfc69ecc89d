"""The layouts in which uv and pdm write the artifacts of a pylock.toml: one on a line."""

from __future__ import annotations

import re
from datetime import datetime

from crawler.lockfiles.artifacts import Written
from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.layout import Layout
from crawler.lockfiles.documents.layout import load as load_layout
from crawler.lockfiles.index_columns import FILE_URL, PLAIN, REGISTRY, SHA256, STRING, of_urls
from crawler.model import Algorithm, Digest, LineSpan, Origin, OriginKind
from crawler.model.block import Columns

__all__ = ["load", "tell"]

_ARTIFACT = re.compile(
    r"\n(    |sdist = |wheels = \[)\{ ?(?:name = \"([^\x00-\x20\x7f\"\\/%?#]++)\", ?)?+"
    r"url = \"(https?://[^\x00-\x20\x7f\"\\@$?#%]+/([^\x00-\x20\x7f\"\\@$?#%/]++))\""
    r"(?:, upload-time = ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?+Z))?+"
    r"(?:, size = [1-9][0-9]{0,17}+)?+"
    r", ?hashes = \{ ?sha256 = \"([0-9a-f]{64})\" ?\} ?\}(,?|\])(?=\n|\Z)"
)


_SEVERAL = 2
"""Lines of an array whose elements have a line each."""
_MARKER = rf"(marker = {STRING}\n)?+"
_PYTHON = rf"(?:requires-python = {STRING}\n)?+"
_PACKAGE = re.compile(
    rf"name = \"({PLAIN}++)\"\nversion = \"({PLAIN}++)\"\n{_MARKER}{_PYTHON}"
    rf"(?:index = \"({REGISTRY})\"\n)?+"
    r"(sdist = [^\n]++\n)?+(wheels = \[(?:[^\n]++|\n(?:    [^\n]++\n)*+\])\n)?+"
    rf"{_MARKER}(?:\n\[packages\.tool\.pdm\]\ndependencies = \[(?:\n(?:    {STRING},\n)*+)?+\]\n)?+"
)
_DATE = (
    r"[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    r"|(?:0[13578]|1[02])-31)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?+Z"
_FILE = re.compile(
    r"^(?:(sdist = )|(wheels = \[)|    )\{ ?(?:name = \"([^\x00-\x20\x7f\"\\/%?#]++)\", ?)?+"
    rf"url = \"{FILE_URL}\"(?:, upload-time = {_DATE}T{_TIME})?+(?:, size = [1-9][0-9]{{0,17}}+)?+"
    rf", ?hashes = \{{ ?sha256 = \"{SHA256}\" ?\}} ?\}}(?(1)|(?(2)\]|,))$",
    re.MULTILINE,
)


def tell(text: str) -> Columns | None:
    """Tell what a package without its header states; None where it is not written as most are."""
    found = _PACKAGE.fullmatch(text)
    if found is None:
        return None
    name, version, marker, location, sdist, wheels, again = found.groups("")
    files = _FILE.findall(sdist + wheels)
    lines = wheels.count("\n")
    if len(files) != bool(sdist) + (lines if lines < _SEVERAL else lines - 2) or (marker and again):
        return None
    if any(file[2] not in {"", file[5]} for file in files):
        return None
    origin = Origin(kind=OriginKind.REGISTRY, location=location)
    return of_urls(name, version, origin, files)


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
