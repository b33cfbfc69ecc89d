"""`.npmrc`: no lock, but it says which registry npm, pnpm, yarn 1 and bun ask.

Source: npm, "npmrc" (one file per project, beside its package.json) and `ini`; bun and pnpm read it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.index_settings import npm_setting
from crawler.model import LineSpan, ParseResult, Pin

__all__ = ["NpmrcParser"]

_LINE = re.compile(r"([@A-Za-z0-9_./:%~-]{1,300})(?:\[\])?[ \t]{0,20}(?:=[ \t]{0,20}(.{0,2000}+))?")
_SECTION = re.compile(r"\[[^\[\]]{1,200}\]")
_REGISTRY = re.compile(r"(?:(@[^:/]{1,214}):)?registry")
_FORMATS = (
    "npm",
    "pnpm",
    "yarn",
    "bun",
    "deno",
    "package-json",
    "package-yaml",
    "pnpm-workspace",
    "deno-json",
)


class NpmrcParser:
    """Reads `.npmrc`."""

    format: Final = "npmrc"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of npm for a project."""
        return path.rpartition("/")[2] == ".npmrc"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin of no package per registry, see `crawler.lockfiles.index_settings`."""
        return read_lines(data, self.format, _pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    for number, line in enumerate(text.split("\n"), start=1):
        said = line.strip()
        if not said or said[0] in "#;":
            continue
        found = _LINE.fullmatch(said)
        if found is None and _SECTION.fullmatch(said) is None:
            notes.skip(number, "not a setting")
            continue
        notes.understood = True
        key = None if found is None else _REGISTRY.fullmatch(found[1])
        if found is None or key is None or found[2] is None:
            continue
        lines = LineSpan(first=number, last=number)
        pin = npm_setting(found[2].strip(" \t\"'"), lines, _FORMATS, key[1] or "")
        if pin is not None:
            yield pin
    notes.check(".npmrc")
