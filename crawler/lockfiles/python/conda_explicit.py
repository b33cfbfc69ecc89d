"""Explicit specifications of conda: one URL a line, and pip's requirements in comments.

Source: conda, "Identical conda environments" and `conda/misc.py` (`@EXPLICIT`, `url#md5`,
`url#sha256:hex`); conda-lock, `conda_lock.py` (`# pip name @ url#sha256=hex`). Conda names a package by
its file alone: `name-version-build.conda`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import digest_of, file_name
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.python.requirements import direct_pin
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin
from crawler.model.urls import is_local, redact

__all__ = ["CondaExplicitParser"]

_PLATFORM = r"(?:linux|osx|win)-(?:32|64|arm64|aarch64|armv[67]l|ppc64le|s390x|riscv64)|noarch"
_PATH = re.compile(
    r"(?:.*/)?(?:conda-[^/]*\.lock|(?:explicit|conda|spec-file)[^/]*\.txt"
    rf"|[^/]*[._-](?:{_PLATFORM})\.(?:txt|lock))",
    re.IGNORECASE,
)
_PIP = re.compile(r"#[ \t]*+pip[ \t]++(.*+)")
_URL = re.compile(r"(?:https?|file|ftp|s3)://[^\s#]++", re.IGNORECASE)
_FILE = re.compile(r"(.+)-([^-]+)-([^-]+)\.(?:conda|tar\.bz2)")
_TOKEN = re.compile(r"/t/[^/]++/")
_HASHES = {32: "md5", 64: "sha256"}
_LONGEST_FILE_NAME = 255


class CondaExplicitParser:
    """Reads `conda-<platform>.lock` and text files that are called after a platform."""

    format: Final = "conda-explicit"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is called as explicit specifications are."""
        return _PATH.fullmatch(path) is not None

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per URL and one per `# pip` comment."""
        return read_lines(data, self.format, _pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    explicit = False
    for number, line in enumerate(text.split("\n"), start=1):
        said = line.strip()
        pip = _PIP.fullmatch(said)
        pin = None
        if said == "@EXPLICIT":
            explicit = notes.understood = True
        elif pip is not None:
            pin = direct_pin(pip[1], number, notes)
        elif said and not said.startswith("#"):
            pin = _conda_pin(said, number, notes)
        if pin is not None:
            notes.understood = True
            yield pin
    if not explicit:
        notes.say("document", "no line @EXPLICIT")
    notes.check("explicit specification")


def _conda_pin(said: str, number: int, notes: Notes) -> Pin | None:
    place, _, stated = said.partition("#")
    if _URL.fullmatch(place.strip()) is None:
        notes.skip(number, "not the URL of a package")
        return None
    url = _TOKEN.sub("/t/***/", redact(place.strip()), count=1)
    filename = file_name(url)
    found = _FILE.fullmatch(filename) if filename and len(filename) <= _LONGEST_FILE_NAME else None
    if found is None:
        notes.skip(number, "no name and version in the file name")
    return Pin(
        ecosystem=Ecosystem.CONDA,
        name=found and found[1],
        version=found and found[2],
        origin=Origin(kind=OriginKind.PATH if is_local(url) else OriginKind.URL, location=url),
        lines=LineSpan(first=number, last=number),
        url=None if is_local(url) else url,
        filename=filename,
        digests=_digests(stated.strip(), number, notes),
    )


def _digests(stated: str, number: int, notes: Notes) -> tuple[Digest, ...]:
    """Return the digest behind the `#` of a URL: bare hex, or `sha256:` and hex."""
    if not stated:
        return ()
    text = stated.replace("=", ":", 1)
    if ":" not in text:
        text = f"{_HASHES.get(len(text), '')}:{text}"
    try:
        return (digest_of(text),)
    except Malformed as error:
        notes.skip(number, str(error))
        return ()
