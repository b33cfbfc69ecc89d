"""Which repositories a `.gitmodules` names. Source: gitmodules(5), git-config(1) "Syntax", git-submodule(1).

Only the URL counts: whatever else stands there (a path, a command for updates) is never looked at.
"""

from __future__ import annotations

import re

from crawler.errors import Refused

__all__ = ["GITMODULES", "resolve_url", "submodule_urls", "web_spelling"]

GITMODULES = ".gitmodules"
"""Git reads it at the root only."""
_MOST_BYTES = 1024 * 1024
_SECTION = re.compile(r'\s*\[\s*(?P<name>[A-Za-z0-9.-]+)(?:\s+"(?P<sub>(?:[^"\\]|\\.)*)")?\s*\]')
_KEY = re.compile(r"\s*(?P<key>[A-Za-z][A-Za-z0-9-]*)\s*=(?P<value>.*)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}
_SCP = re.compile(r"(?:[A-Za-z0-9._-]+@)?(?P<host>[A-Za-z0-9.-]+):(?!/?/)(?P<path>[^:]+)")
_NOT_WEB = re.compile(
    r"(?:ssh|git|http|git\+ssh|ssh\+git)://(?:[A-Za-z0-9._-]+@)?(?P<host>[A-Za-z0-9.-]+)(?::[0-9]+)?/(?P<path>.+)"
)


def submodule_urls(data: bytes) -> tuple[str, ...]:
    """Return the URLs as they stand, each once and in their order; of one submodule the last counts.

    Lines that are not valid configuration are skipped, though git would refuse the whole file.
    """
    urls: dict[str, str] = {}
    section: str | None = None
    text = data[:_MOST_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    for line in _logical_lines(text):
        rest = line
        if (found := _SECTION.match(line)) is not None:
            section = found["sub"] if found["name"].lower() == "submodule" else None
            rest = line[found.end() :]
        entry = _KEY.fullmatch(rest)
        if section is not None and entry is not None and entry["key"].lower() == "url":
            urls[section] = _value(entry["value"])
    return tuple(dict.fromkeys(url for url in urls.values() if url))


def _logical_lines(text: str) -> list[str]:
    """Return the lines, those that end with a backslash joined with the next."""
    lines: list[str] = []
    parts: list[str] = []
    for line in text.split("\n"):
        backslashes = len(line) - len(line.rstrip("\\"))
        if backslashes % 2:
            parts.append(line[:-1])
            continue
        lines.append("".join([*parts, line]))
        parts.clear()
    return [*lines, "".join(parts)]


def _value(written: str) -> str:
    """Return a value without quotes, escapes and comment; white space at its ends counts in quotes only."""
    kept: list[str] = []
    ends, quoted, position = 0, False, 0
    text = written.lstrip()
    while position < len(text):
        char = text[position]
        position += 1
        if char == '"':
            quoted = not quoted
            ends = len(kept)
            continue
        if char in "#;" and not quoted:
            break
        if char == "\\" and position < len(text):
            char = _ESCAPES.get(text[position], text[position])
            position += 1
        kept.append(char)
        if quoted or not char.isspace():
            ends = len(kept)
    return "".join(kept[:ends])


def resolve_url(url: str, above: str) -> str:
    """Return `url` as git resolves it, seen from the repository with the clone URL `above`.

    Raises Refused for one that leads above its host.
    """
    if not url.startswith(("./", "../")):
        return url
    scheme, mark, rest = above.rstrip("/").partition("://")
    parts = rest.split("/")
    while url.startswith(("./", "../")):
        if url.startswith("../"):
            parts = parts[:-1]
        if not mark or not parts:
            raise Refused("a relative URL that leads out of its host")
        url = url.partition("/")[2]
    return f"{scheme}://{'/'.join(parts)}/{url}".rstrip("/")


def web_spelling(url: str) -> str | None:
    """Return what an address for SSH, git's own protocol or plain HTTP most likely is over https."""
    found = _NOT_WEB.fullmatch(url) or _SCP.fullmatch(url)
    return None if found is None else f"https://{found['host']}/{found['path'].lstrip('/')}"
