"""All lock formats: those that are read, and those that are known by name and not read yet."""

from __future__ import annotations

import re

from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.pylock import PylockParser
from crawler.lockfiles.uv import UvParser
from crawler.model import ParseResult, Readable, Skipped

__all__ = ["PARSERS", "is_lock", "parse", "parser_for", "unbuilt_format"]

PARSERS: tuple[LockParser, ...] = (
    UvParser(),
    PylockParser(),
)

_UNBUILT = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("poetry", r"poetry\.lock"),
        ("pdm", r"pdm(\.[^.]+)?\.lock"),
        ("pipfile", r"pipfile\.lock"),
        ("requirements", r"([^/]*[._-])?requirements([._-][^/]*)?\.(txt|lock)"),
        ("pixi", r"pixi\.lock"),
        ("conda-lock", r"([^/]*\.)?conda-lock\.ya?ml"),
        ("conda-explicit", r"conda-[^/]*\.lock"),
        ("bazel", r"module\.bazel\.lock"),
        ("npm", r"package-lock\.json|npm-shrinkwrap\.json|\.package-lock\.json"),
        ("yarn", r"yarn\.lock"),
        ("pnpm", r"pnpm-lock(\.[^/]*)?\.yaml"),
        ("bun", r"bun\.lock"),
        ("bun-binary", r"bun\.lockb"),
        ("deno", r"deno\.lock"),
        ("cargo", r"cargo\.lock"),
        ("gemfile", r"gemfile\.lock|gems\.locked|[^/]*\.gemfile\.lock"),
        ("go", r"go\.sum"),
        ("composer", r"composer\.lock"),
        ("mix", r"mix\.lock"),
        ("pubspec", r"pubspec\.lock"),
        ("nuget", r"packages(\.[^/]+)?\.lock\.json"),
        ("gradle", r"(buildscript-)?gradle\.lockfile"),
        ("swift", r"package\.resolved"),
        ("podfile", r"podfile\.lock"),
        ("flake", r"flake\.lock"),
        ("unknown", r"[^/]*\.lock"),
    )
)
"""By file name in any case; the last line catches what only calls itself a lock (pex, Pants, `UV.LOCK`)."""


def parser_for(path: str) -> LockParser | None:
    """Return the parser of the lock at `path`, or None where it is no lock that is read."""
    return next((parser for parser in PARSERS if parser.wants(path)), None)


def is_lock(path: str) -> bool:
    """Say whether `path` is a lock that is read."""
    return parser_for(path) is not None


def unbuilt_format(path: str) -> str | None:
    """Return the format of a lock that is known by its name and not read, or None."""
    if is_lock(path):
        return None
    name = path.rpartition("/")[2]
    return next((known for known, pattern in _UNBUILT if pattern.fullmatch(name)), None)


def parse(path: str, data: bytes) -> ParseResult:
    """Return what the lock at `path` with the content `data` pins; never raises.

    A path that no parser wants gives `Readable.NOT` with the reason.
    """
    parser = parser_for(path)
    if parser is not None:
        return parser.parse(data)
    known = unbuilt_format(path)
    reason = "not a lock file by its name" if known is None else f"format {known} is not read yet"
    skipped = (Skipped(context="document", reason=reason),)
    return ParseResult(format=known or "unknown", readable=Readable.NOT, skipped=skipped)
