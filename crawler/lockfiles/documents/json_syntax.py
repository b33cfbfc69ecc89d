"""JSON from strangers before any parser sees it: bounded, and its dialects made plain JSON.

Everything is blanked out in place, so each line keeps its number. Source: RFC 8259; the comments and
trailing commas of `bun.lock` (bun, `src/install/lockfile/bun.lock.zig`); the `//` header of Pants.
"""

from __future__ import annotations

import re

from crawler.errors import TooLarge

__all__ = ["DEEPEST", "check_limits", "plain", "without_header", "without_lone_surrogates"]

DEEPEST = 200
"""Levels of objects and arrays; the deepest of 1,300 real locks has 17."""
_MOST_NODES = 2_000_000

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_STRING = re.compile(rb'"[^"]*+"')
_OTHER = bytes(set(range(256)) - set(b'"[]{}'))

_HEADER = re.compile(r"(?>[ \t]*+(?://[^\n]*+)?\n)++")
_LAST_COMMA_ON_ITS_LINE = re.compile(r",(\n\s*+[\]}])")
_DIALECT = re.compile(
    r'"(?>[^"\\\n]++|\\.)*+"?'
    r"|//[^\n]*+"
    r"|/\*(?>[^*]++|\*(?!/))*+(?:\*/|\Z)"
    r"|,(?=(?>\s++|//[^\n]*+|/\*(?>[^*]++|\*(?!/))*+\*/)*+[\]}])"
)
_NO_LINE_END = re.compile(r"[^\n]")
_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\."
)


def check_limits(text: str) -> None:
    """Raise TooLarge where `text` is made to keep a JSON parser busy or to exhaust the stack."""
    if len(text) > _MOST_NODES and sum(map(text.count, "{[,")) > _MOST_NODES:
        raise TooLarge(f"more than {_MOST_NODES} values")
    if len(text) > DEEPEST and _is_deep(text.encode("utf-8", "replace")):
        raise TooLarge(f"nested more than {DEEPEST} levels deep")


def _is_deep(data: bytes) -> bool:
    """Peel the innermost brackets off, level by level; unbalanced ones are left to the parser."""
    if b"\\" in data:
        data = _ESCAPE.sub(b"", data)
    brackets = data.translate(None, _OTHER).replace(b'""', b"")
    if b'"' in brackets:
        brackets = _STRING.sub(b"", brackets)
    for _ in range(DEEPEST):
        peeled = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(peeled) == len(brackets):
            return False
        brackets = peeled
    return bool(brackets)


def plain(text: str) -> str:
    """Return `text` without comments and trailing commas.

    A line end is never inside a string, so a comma before it and a bracket is one to drop; only what
    is still no JSON then needs the exact look at every string.
    """
    if "//" in text or "/*" in text or not _LAST_COMMA_ON_ITS_LINE.search(text):
        return _DIALECT.sub(_blanked, text)
    return _LAST_COMMA_ON_ITS_LINE.sub(r" \1", text)


def _blanked(found: re.Match[str]) -> str:
    said = found[0]
    open_comment = said.startswith("/*") and (len(said) < len("/**/") or not said.endswith("*/"))
    return said if said[0] == '"' or open_comment else _NO_LINE_END.sub(" ", said)


def without_header(text: str) -> str:
    """Return `text` with the `//` lines before its first value emptied."""
    header = _HEADER.match(text)
    if header is None or "//" not in header[0]:
        return text
    return "\n" * header[0].count("\n") + text[header.end() :]


def without_lone_surrogates(text: str) -> str:
    r"""Return `text` with every `\uD800`-like escape that has no partner replaced by `\uFFFD`.

    No file system, database or terminal takes such a string, and no registry has such a name.
    """
    if "\\" not in text or ("\\ud" not in text and "\\uD" not in text):
        return text
    return _SURROGATE.sub(_paired, text)


def _paired(found: re.Match[str]) -> str:
    single = found[0][:3].lower() == "\\ud" and len(found[0]) == len("\\uD800")
    return "\\uFFFD" if single else found[0]
