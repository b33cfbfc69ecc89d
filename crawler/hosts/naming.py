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

__all__ = [
    "checked_commit",
    "checked_nested_path",
    "checked_owner",
    "checked_pagure_path",
    "checked_project_and_name",
    "checked_repository_path",
    "checked_tilde_path",
    "checked_unique_name",
    "line_fragment",
    "quoted_file_path",
    "range_fragment",
]

_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_NESTED_PART = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}", re.ASCII)
_MOST_NESTED_PARTS = 21
"""GitLab's documentation of subgroups: 20 levels, and the project."""
_SPACED_PART = re.compile(r"[^\\/:*?\"<>|;#${},+=\[\]]{1,64}")
"""Azure DevOps' documentation, "Naming restrictions": everything but these, at most 64 characters."""
_TILDE_OWNER = re.compile(r"~[A-Za-z0-9_][A-Za-z0-9_-]{0,99}", re.ASCII)
_PAGURE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,254}", re.ASCII)
_LAUNCHPAD_NAME = r"[a-z0-9][a-z0-9.+-]{0,99}"
_LAUNCHPAD_TARGET = rf"{_LAUNCHPAD_NAME}(?:/\+(?:source|oci)/{_LAUNCHPAD_NAME})?"
_UNIQUE_NAME = re.compile(
    rf"~{_LAUNCHPAD_NAME}(?:/{_LAUNCHPAD_TARGET})?/\+git/[A-Za-z0-9][A-Za-z0-9.+@_-]{{0,99}}"
    rf"|(?:~{_LAUNCHPAD_NAME}/)?{_LAUNCHPAD_TARGET}",
    re.ASCII,
)
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


def checked_repository_path(path: str) -> str:
    """Return `path` where it is `owner/name` as GitHub and Forgejo allow them; raise Refused."""
    owner, _, name = path.partition("/")
    hidden = name in {".", ".."} or name.lower().endswith(".git")
    if _OWNER.fullmatch(owner) and _NAME.fullmatch(name) and not hidden:
        return path
    raise Refused(f"{path[:200]!r} is no repository path; expected owner/name")


def checked_nested_path(path: str) -> str:
    """Return `path` where it is `group/name` or `group/subgroup/.../name` of GitLab; raise Refused.

    Source: GitLab's documentation, "Rules for usernames, project and group names, and slugs".
    """
    parts = path.split("/")
    if 2 <= len(parts) <= _MOST_NESTED_PARTS and all(map(_is_nested_part, parts)):  # noqa: PLR2004 - a group and a name
        return path
    raise Refused(f"{path[:200]!r} is no project path; expected group/name or group/subgroup/name")


def checked_project_and_name(path: str) -> tuple[str, str]:
    """Return (project, name) of the Azure DevOps path `project/name`; raise Refused.

    Both may hold blanks and letters of any script; `project/_git/name`, as in a clone URL, is the
    same repository.
    """
    project, _, name = path.replace("/_git/", "/", 1).partition("/")
    if _is_spaced_part(project) and _is_spaced_part(name):
        return project, name
    raise Refused(f"{path[:200]!r} is no repository path; expected project/name")


def checked_owner(owner: str) -> str:
    """Return `owner` where it can own an `owner/name` as above; raise Refused."""
    if _OWNER.fullmatch(owner):
        return owner
    raise Refused(f"{owner[:200]!r} is no owner of repositories")


def checked_tilde_path(path: str) -> str:
    """Return `path` where it is `~owner/name` of sourcehut; raise Refused.

    Source: git.sr.ht's documentation; `~` is for users, other owners may come with other signs.
    """
    owner, _, name = path.partition("/")
    hidden = name in {".", ".."} or name.lower().endswith(".git")
    if _TILDE_OWNER.fullmatch(owner) and _NAME.fullmatch(name) and not hidden:
        return path
    raise Refused(f"{path[:200]!r} is no repository path; expected ~owner/name")


def checked_pagure_path(path: str) -> str:
    """Return the path of a Pagure project: `name`, `namespace/name`, or `fork/user/` before either.

    `forks/`, as in clone URLs, becomes `fork/`, as in web addresses. Raises Refused for other shapes.
    Source: the routes of Pagure's documentation, "API".
    """
    parts = path.split("/")
    is_fork = parts[0] in {"fork", "forks"}
    project = parts[2:] if is_fork else parts
    whole = len(project) in {1, 2} and not project[-1].lower().endswith(".git")
    if whole and all(map(_PAGURE_PART.fullmatch, parts)):
        return "/".join(["fork", *parts[1:]] if is_fork else parts)
    raise Refused(f"{path[:200]!r} is no project path; expected name, namespace/name or a fork/")


def checked_unique_name(path: str) -> str:
    """Return `path` where it is the unique name or an alias of a Launchpad repository; raise Refused.

    Unique names end in `/+git/name` (`~owner/project/+git/name`); aliases are `project`,
    `distribution/+source/package` and both with `~owner/` before them. Source: Launchpad's
    documentation, "getByPath".
    """
    if _UNIQUE_NAME.fullmatch(path) and not path.lower().endswith(".git"):
        return path
    raise Refused(f"{path[:200]!r} is no repository path; expected ~owner/project/+git/name")


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


def range_fragment(lines: LineSpan | None, sign: str = "L") -> str:
    """Return `#L3-5`, `#L3` for a single line, or nothing; `sign` stands before the first line."""
    if lines is None:
        return ""
    last = "" if lines.last == lines.first else f"-{lines.last}"
    return f"#{sign}{lines.first}{last}"


def _is_nested_part(part: str) -> bool:
    reserved = part in {".", ".."} or part.lower().endswith((".git", ".atom"))
    return _NESTED_PART.fullmatch(part) is not None and not reserved


def _is_spaced_part(part: str) -> bool:
    """Say whether a browser and git read `part` as one name and a person sees all of it.

    A leading hyphen is allowed by Azure DevOps and not by us: git takes such words for options.
    """
    odd = part.startswith(("_", ".", "-")) or part.endswith(".") or part != part.strip()
    return _SPACED_PART.fullmatch(part) is not None and part.isprintable() and not odd
