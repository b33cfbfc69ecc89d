"""Checks of the names that may become part of a URL: repositories, owners, commits, files; pure.

Every part of a URL that we build was either configured or passed one of these checks.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from crawler.errors import Refused

__all__ = [
    "checked_commit",
    "checked_folder",
    "checked_nested_path",
    "checked_owner",
    "checked_pagure_path",
    "checked_project_and_name",
    "checked_repository_path",
    "checked_tilde_path",
    "checked_unique_name",
    "quoted_file_path",
    "quoted_folder",
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
_MOST_FOLDERS = 20
_LONGEST_FOLDER = 255
"""Bytes; NAME_MAX of the file systems that such a server keeps its repositories on."""
_COMMIT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})")


def checked_repository_path(path: str) -> str:
    """Return `path` where it is `owner/name` as GitHub and Forgejo allow them; raise Refused."""
    return _checked_pair(path, _OWNER, "owner/name")


def checked_tilde_path(path: str) -> str:
    """Return `path` where it is `~owner/name` of sourcehut; raise Refused.

    Source: git.sr.ht's documentation; `~` is for users, other owners may come with other signs.
    """
    return _checked_pair(path, _TILDE_OWNER, "~owner/name")


def checked_nested_path(path: str) -> str:
    """Return `path` where it is `group/name` or `group/subgroup/.../name` of GitLab; raise Refused.

    Source: GitLab's documentation, "Rules for usernames, project and group names, and slugs".
    """
    parts = path.split("/")
    if 2 <= len(parts) <= _MOST_NESTED_PARTS and all(map(_is_nested_part, parts)):  # noqa: PLR2004 - a group and a name
        return path
    raise _invalid(path, "group/name or group/subgroup/name")


def checked_project_and_name(path: str) -> tuple[str, str]:
    """Return (project, name) of the Azure DevOps path `project/name`; raise Refused.

    Both may hold blanks and letters of any script; `project/_git/name`, as in a clone URL, is the
    same repository.
    """
    project, _, name = path.replace("/_git/", "/", 1).partition("/")
    if _is_spaced_part(project) and _is_spaced_part(name):
        return project, name
    raise _invalid(path, "project/name")


def checked_owner(owner: str) -> str:
    """Return `owner` where it can own an `owner/name` as above; raise Refused."""
    if _OWNER.fullmatch(owner):
        return owner
    raise Refused(
        f"invalid owner {owner[:200]!r}: expected at most 100 letters, digits, dots, hyphens or underscores"
    )


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
    raise _invalid(path, "name, namespace/name, or fork/user/ before either")


def checked_unique_name(path: str) -> str:
    """Return `path` where it is the unique name or an alias of a Launchpad repository; raise Refused.

    Unique names end in `/+git/name` (`~owner/project/+git/name`); aliases are `project`,
    `distribution/+source/package` and both with `~owner/` before them. Source: Launchpad's
    documentation, "getByPath".
    """
    if _UNIQUE_NAME.fullmatch(path) and not path.lower().endswith(".git"):
        return path
    raise _invalid(path, "~owner/project/+git/name")


def checked_folder(path: str) -> str:
    """Return `path`, the name that the host gives a repository, as it is; raises as `quoted_folder`.

    cgit, gitweb and Gerrit know a repository by its folder: blanks, any script, `a` and `a.git` are two.
    """
    quoted_folder(path)
    return path


def quoted_folder(path: str) -> str:
    """Return `path` percent-encoded for a URL, its slashes kept.

    Raises Refused for parts that are empty, `.`, `..` or `.git`, that git would take for an option,
    or that a person cannot see in full (control and direction characters, blanks at an end).
    """
    parts = path.split("/")
    if len(parts) > _MOST_FOLDERS or not all(map(_is_folder_name, parts)):
        raise _invalid(path, "names of folders")
    return quote(path, safe="/+@")


def checked_commit(commit: str) -> str:
    """Return `commit` where it is a full object name (sha1 or sha256); raise Refused."""
    if _COMMIT.fullmatch(commit):
        return commit
    raise Refused(f"invalid commit {commit[:80]!r}: expected a full object name in hexadecimal")


def quoted_file_path(path: str) -> str:
    """Return `path` percent-encoded for a URL; undecodable bytes come out as they were.

    Raises Refused for empty, `.` and `..` parts: a browser would fold them into another address,
    percent-encoded or not (WHATWG URL, "double-dot path segment").
    """
    if any(part in {"", ".", ".."} for part in path.split("/")):
        raise Refused(f"invalid file path {path[:200]!r}: expected names between slashes")
    try:
        return quote(path.encode("utf-8", "surrogateescape"), safe="/")
    except UnicodeEncodeError as error:
        raise Refused(f"invalid file path {path[:200]!r}: expected bytes or Unicode") from error


def _checked_pair(path: str, owners: re.Pattern[str], expected: str) -> str:
    owner, _, name = path.partition("/")
    hidden = name in {".", ".."} or name.lower().endswith(".git")
    if owners.fullmatch(owner) and _NAME.fullmatch(name) and not hidden:
        return path
    raise _invalid(path, expected)


def _invalid(path: str, expected: str) -> Refused:
    return Refused(f"invalid repository path {path[:200]!r}: expected {expected}")


def _is_nested_part(part: str) -> bool:
    reserved = part in {".", ".."} or part.lower().endswith((".git", ".atom"))
    return _NESTED_PART.fullmatch(part) is not None and not reserved


def _is_spaced_part(part: str) -> bool:
    """Say whether a browser and git read `part` as one name and a person sees all of it.

    A leading hyphen is allowed by Azure DevOps and not by us: git takes such words for options.
    """
    odd = part.startswith(("_", ".", "-")) or part.endswith(".") or part != part.strip()
    return _SPACED_PART.fullmatch(part) is not None and part.isprintable() and not odd


def _is_folder_name(part: str) -> bool:
    odd = part in {"", ".", "..", ".git"} or part.startswith("-") or part != part.strip()
    return (
        not odd
        and "\\" not in part
        and part.isprintable()
        and len(part.encode("utf-8", "surrogatepass")) <= _LONGEST_FOLDER
    )
