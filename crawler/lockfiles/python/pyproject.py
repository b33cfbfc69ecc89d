"""pyproject.toml: no lock, but what it states exactly is installed as it stands, and it may name indexes.

Source: PyPA "pyproject.toml specification" and "Dependency Groups"; the tables of the tools are in
`crawler.lockfiles.python.manifest_tables`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crawler.errors import Malformed
from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.documents.positions import ANY, STRINGS, Wanted
from crawler.lockfiles.documents.reading import read
from crawler.lockfiles.index_settings import python_setting
from crawler.lockfiles.python.manifest_tables import TOOLS
from crawler.lockfiles.python.manifests import Redirects, direct_pins, load, normalized, recover
from crawler.lockfiles.python.markers import of_pythons
from crawler.lockfiles.python.setup_cfg import ini_pins
from crawler.lockfiles.python.tool_redirects import redirects_of
from crawler.lockfiles.python.uv_settings import indexes_of_uv
from crawler.model import LineSpan, ParseResult, Pin, Skipped

__all__ = ["PyprojectParser"]

_WITH_PROJECT = frozenset({"uv", "poetry", "pdm"})
"""Tools that install what they are told beside the project itself."""
_REQUIRED: Wanted = {
    "project": {"dependencies": STRINGS, "optional-dependencies": {ANY: STRINGS}},
}
"""What is installed with the project, so only for the Pythons that it allows."""
_OF_PROJECT: Wanted = {
    "dependency-groups": {ANY: STRINGS},
    "tool": {name: wanted for name, wanted in TOOLS.items() if name in _WITH_PROJECT},
}
_ALONE: Wanted = {
    "build-system": {"requires": STRINGS},
    "tool": {name: wanted for name, wanted in TOOLS.items() if name not in _WITH_PROJECT},
}
"""What is installed where the project is not, or not yet."""
_WANTED: Wanted = {**_ALONE, **_REQUIRED, **_OF_PROJECT, "tool": TOOLS}


class PyprojectParser:
    """Reads `pyproject.toml`."""

    format: Final = "pyproject"
    version: Final = 4

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of a Python project."""
        return path.rpartition("/")[2] == "pyproject.toml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version, flagged `manifest`; often there is none.

        What it says of indexes is told as in `crawler.lockfiles.index_settings`.
        """
        return read(data, self.format, _load, _pins, recover)


def _load(text: str) -> tuple[Document, int]:
    return load(text, _WANTED), text.count("\n") + 1


def _pins(loaded: tuple[Document, int], skipped: list[Skipped]) -> Iterator[Pin]:
    document, last = loaded
    if not _WANTED.keys() & document.table.keys():
        raise Malformed("no pyproject.toml: none of its tables is there")
    unreported = TableReader(values=document.table, path="", skipped=[]).table("tool")
    redirects = Redirects() if unreported is None else redirects_of(unreported)
    yield from direct_pins(document, _ALONE, skipped, redirects)
    redirects = replace(redirects, own=_own_name(document))
    yield from direct_pins(document, _REQUIRED, skipped, redirects, _pythons(document))
    yield from direct_pins(document, _OF_PROJECT, skipped, redirects)
    yield from _legacy_tox(document, unreported, skipped)
    root = TableReader(values=document.table, path="", skipped=skipped)
    tool = root.table("tool")
    if tool is not None:
        yield from _settings(tool, LineSpan(first=1, last=last))


def _pythons(document: Document) -> str:
    """Return the marker of the Pythons that the project allows; empty: any."""
    project = TableReader(values=document.table, path="", skipped=[]).table("project")
    return of_pythons((project and project.text("requires-python")) or "")


def _own_name(document: Document) -> str:
    """Return what the project is called, or an empty string."""
    root = TableReader(values=document.table, path="", skipped=[])
    tool = root.table("tool")
    for table in (root.table("project"), None if tool is None else tool.table("poetry")):
        if (name := None if table is None else table.text("name")) is not None:
            return normalized(name)
    return ""


def _legacy_tox(
    document: Document, tool: TableReader | None, skipped: list[Skipped]
) -> Iterator[Pin]:
    """Yield the pins of a `tox.ini` that is kept as a string."""
    tox = None if tool is None else tool.table("tox")
    text = None if tox is None else tox.text("legacy_tox_ini")
    if text is not None:
        notes = Notes()
        lines = document.lines("tool", "tox", "legacy_tox_ini")
        yield from (replace(pin, lines=lines) for pin in ini_pins(text, notes))
        skipped += notes.skipped


def _settings(tool: TableReader, lines: LineSpan) -> Iterator[Pin]:
    """Yield the indexes that the tables of uv, poetry, pdm and rye configure."""
    uv, poetry, pdm, rye = (tool.table(name) for name in ("uv", "poetry", "pdm", "rye"))
    if uv is not None:
        yield from indexes_of_uv(uv, lines)
    found = (
        None if poetry is None else _setting_of_poetry(_of_poetry(poetry), lines),
        None if pdm is None else python_setting(_of_pdm(pdm), lines, ("pdm", "pyproject")),
        None if rye is None else python_setting(_of_rye(rye), lines, ("pyproject",)),
    )
    yield from (pin for pin in found if pin is not None)


def _setting_of_poetry(urls: list[str], lines: LineSpan) -> Pin | None:
    """Return the setting of poetry; its lock names the source of all that is not taken from the public index."""
    return python_setting(urls, lines, ("pyproject",) if "" in urls else ("poetry", "pyproject"))


def _of_poetry(table: TableReader) -> list[str]:
    """Return the indexes that poetry asks for what names none; an empty one is the public index.

    Source: poetry, "Repositories": the public index is left out where a source is primary, unless it is
    itself a source; one that is `explicit` is asked only for what names it.
    """
    first, besides = list[str](), list[str]()
    for _, source in table.tables("source"):
        public = (source.text("name") or "").lower() == "pypi"
        priority = "secondary" if source.flag("secondary") else source.text("priority") or "primary"
        url = "" if public else source.text("url") or ""
        if priority in {"primary", "default"}:
            first.append(url)
        elif priority != "explicit":
            besides.append(url)
    return [*(first or [""]), *besides]


def _of_pdm(table: TableReader) -> list[str]:
    """Return the indexes that pdm asks; an empty one is the public index.

    Source: pdm, "Configure the project": a source called `pypi` takes the place of the public index.
    """
    default, besides = "", list[str]()
    for _, source in table.tables("source"):
        url = source.text("url") or ""
        if source.text("name") == "pypi":
            default = url
        else:
            besides.append(url)
    return [default, *besides]


def _of_rye(table: TableReader) -> list[str]:
    """Return the indexes that rye asks; an empty one is the public index.

    Source: rye, "Sources and Indexes": one called `default` takes the place of the public index.
    """
    default, besides = "", list[str]()
    for _, source in table.tables("sources"):
        url = source.text("url") or ""
        if source.text("name") == "default":
            default = url
        elif url:
            besides.append(url)
    return [default, *besides]
