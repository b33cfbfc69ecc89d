"""The block `# /// script` of a Python script (PEP 723, PyPA "Inline script metadata").

That a file has one cannot be told by its path, so this is no registered parser: `scan` hands over the
scripts it sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from crawler.lockfiles.documents.document import LARGEST, Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.positions import STRINGS, Wanted
from crawler.lockfiles.documents.reading import read
from crawler.lockfiles.python.manifest_tables import UV
from crawler.lockfiles.python.manifests import Redirects, direct_pins, load, recover
from crawler.lockfiles.python.tool_redirects import redirects_of
from crawler.model import ParseResult, Pin, Readable, Skipped

__all__ = ["SCRIPT_VERSION", "inline_script"]

SCRIPT_VERSION = 3
"""As `version` of a parser (`crawler.lockfiles.interface`)."""

_FORMAT = "script"
_WANTED: Wanted = {"dependencies": STRINGS, "tool": {"uv": UV}}
_START = re.compile(r"^# /// script$", re.MULTILINE)
_COMMENTS = re.compile(r"(?>\n#(?> [^\n]*+)?+(?=\n|\Z))*+")
_END = "\n# ///"


def inline_script(data: bytes) -> ParseResult | None:
    """Return what is stated exactly in the script block of the Python file `data`; None where it has none.

    Never raises. Lines are those of the file. A block without end, or a second one, which tools refuse,
    is said in `skipped`.
    """
    if b"# /// script" not in data:
        return None
    if len(data) > LARGEST:
        return _unreadable(f"{len(data)} bytes; at most {LARGEST} are read")
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    starts = list(_START.finditer(text))
    if not starts:
        return None
    block = _block(text, starts[0].end())
    if block is None:
        return _unreadable("script block without its end `# ///`")
    result = read(block.encode(), _FORMAT, _load, _pins, recover)
    return result if len(starts) == 1 else _with_note(result, "more than one script block")


def _block(text: str, start: int) -> str | None:
    """Return the TOML of the block whose first line ends at `start`, on the same lines; or None."""
    comments = _COMMENTS.match(text, start)
    body = "" if comments is None else comments[0]
    end = body.rfind(_END + "\n")
    if body.endswith(_END):
        end = len(body) - len(_END)
    if end < 0:
        return None
    lines = body[:end].split("\n")[1:]
    return "\n" * (text.count("\n", 0, start) + 1) + "\n".join(line[2:] for line in lines)


def _load(text: str) -> Document:
    return load(text, _WANTED)


def _pins(document: Document, skipped: list[Skipped]) -> Iterator[Pin]:
    unreported = TableReader(values=document.table, path="", skipped=[]).table("tool")
    redirects = Redirects() if unreported is None else redirects_of(unreported)
    return direct_pins(document, _WANTED, skipped, redirects)


def _unreadable(reason: str) -> ParseResult:
    skipped = (Skipped(context="document", reason=reason),)
    return ParseResult(format=_FORMAT, readable=Readable.NOT, skipped=skipped)


def _with_note(result: ParseResult, reason: str) -> ParseResult:
    skipped = (*result.skipped, Skipped(context="document", reason=reason))
    readable = Readable.PARTLY if result.readable is Readable.FULLY else result.readable
    return replace(result, readable=readable, skipped=skipped)
