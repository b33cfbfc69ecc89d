"""Names of repositories, commits and files, and the URLs made of them; pure.

Every part of a URL that we build was either configured or passed one of these checks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import Refused

if TYPE_CHECKING:
    from crawler.model import LineSpan

__all__ = ["checked_commit", "checked_repository_path", "line_fragment", "quoted_file_path"]

_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


def checked_repository_path(path: str) -> str:
    """Return `path` where it is `owner/name` as GitHub and Forgejo allow them; raise Refused."""
    owner, _, name = path.partition("/")
    hidden = name in {".", ".."} or name.lower().endswith(".git")
    if _OWNER.fullmatch(owner) and _NAME.fullmatch(name) and not hidden:
        return path
    raise Refused(f"{path[:200]!r} is no repository path; expected owner/name")


def checked_commit(commit: str) -> str:
    """Return `commit` where it is a full object name (sha1 or sha256); raise Refused."""
    if _COMMIT.fullmatch(commit):
        return commit
    raise Refused(f"{commit[:80]!r} is no full commit id")


def quoted_file_path(path: str) -> str:
    """Return `path` percent-encoded for a URL; undecodable bytes come out as they were.

    Raises Refused for empty, `.` and `..` parts: a browser would fold them into another address,
    percent-encoded or not (WHATWG URL, "double-dot path segment").
    """
    if any(part in {"", ".", ".."} for part in path.split("/")):
        raise Refused(f"{path[:200]!r} is no path of a file in a tree")
    try:
        return quote(path.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError as error:
        raise Refused(f"{path[:200]!r} is no path of a file in a tree") from error


def line_fragment(lines: LineSpan | None) -> str:
    """Return `#L3-L5`, `#L3` for a single line, or nothing where no lines are known."""
    if lines is None:
        return ""
    last = "" if lines.last == lines.first else f"-L{lines.last}"
    return f"#L{lines.first}{last}"
