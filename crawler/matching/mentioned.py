"""Which malicious releases a mention of their package lets in: a version, or a range of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from crawler.model import Ecosystem, Level, ProjectKey, VerdictState
from crawler.model.semver import parse_range, parse_semver
from crawler.model.version_ranges import in_range, is_range

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model import Mention, Verdict

__all__ = ["EVERY_VERSION", "admitted", "project_of_mention"]

EVERY_VERSION = "every version"
_BOUND = re.compile(r"[^|<>=]+")
_WILD = re.compile(r"v?[0-9][0-9A-Za-z.!+-]*")
_SHORT = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.0)*")


def project_of_mention(mention: Mention) -> ProjectKey:
    """Return the project that `mention` names, in the public registry."""
    return ProjectKey(ecosystem=mention.ecosystem, name=mention.name)


def admitted(mention: Mention, verdicts: Iterable[Verdict]) -> str | None:
    """Return the first malicious version of `verdicts`, which are on its project, that `mention` lets in.

    `every version` where a verdict is on the whole project; None where it lets in none that is known.
    """
    judged = [one.subject for one in verdicts if one.state is VerdictState.MALICIOUS]
    if any(one.level is Level.PROJECT for one in judged) and _is_stated(mention):
        return EVERY_VERSION
    known = sorted({one.version for one in judged if one.version is not None})
    return next(
        (v for one in known for v in _ends(one, mention.stated) if _lets_in(mention, v)), None
    )


def _ends(version: str, stated: str) -> tuple[str, ...]:
    """Return the version itself; of a range what stands at its ends, and what is `stated` if it lies in it."""
    if not is_range(version):
        return (version,)
    inside = (stated,) if in_range(version, stated) else ()
    ends = (unquote(end) for end in _BOUND.findall(version.partition("/")[2]))
    return *inside, *(end for end in ends if in_range(version, end))


def _is_stated(mention: Mention) -> bool:
    """Say whether what is stated is a version or a range at all: `user@10host.example` is an address."""
    stated = mention.stated.removeprefix("npm:")
    if parse_range(stated) is not None:
        return True
    try:
        return mention.ecosystem is Ecosystem.PYPI and bool(SpecifierSet(_of_python(stated)))
    except InvalidSpecifier:
        return False


def _lets_in(mention: Mention, version: str) -> bool:
    stated = mention.stated.removeprefix("npm:")
    if mention.ecosystem is Ecosystem.NPM:
        return _in_npm_range(stated, version)
    try:
        return SpecifierSet(_of_python(stated)).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return _in_npm_range(stated, _three_numbers(version))


def _of_python(stated: str) -> str:
    """Return a version without an operator, or `1.2.*`, as PEP 440 has it; `*` is every one."""
    if stated == "*":
        return ""
    plain = stated.removesuffix(".*")
    return f"=={stated}" if _WILD.fullmatch(plain) else stated


def _in_npm_range(stated: str, version: str) -> bool:
    allowed, number = parse_range(stated), parse_semver(version)
    return allowed is not None and number is not None and allowed.allows(number)


def _three_numbers(version: str) -> str:
    """Return a version of Python as the ranges of poetry count it, which are those of npm."""
    found = _SHORT.fullmatch(version)
    return version if found is None else ".".join(part or "0" for part in found.groups())
