"""How far a digest that one root source states carries, now that it is known who pins it under which name.

The verdict knows who stands behind each digest and what the index says; only the pin knows the file name.
The name that a lock gives its entry plays no part: a tampered lock may call its file anything.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.matching.codes import Code
from crawler.matching.index import release_key
from crawler.model import Doubt, Ecosystem, project_of_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.matching.identity import Identity
    from crawler.model import DigestSupport, Pin, ProjectKey, Subject, Verdict

__all__ = ["is_stated", "one_source"]

_TARBALL = re.compile(r"(.+?)-(\d+\.\d+\.\d+.*)\.tgz")
_CODES = {
    Doubt.LISTED: Code.ONE_SOURCE_LISTED,
    Doubt.OTHER_FILE: Code.ONE_SOURCE_OTHER_FILE,
    Doubt.PROTECTED: Code.ONE_SOURCE_PROTECTED,
    Doubt.PROTECTED_UNKNOWN: Code.ONE_SOURCE_UNCHECKED,
}


def is_stated(identity: Identity, verdict: Verdict) -> bool:
    """Say whether anybody still says that the judged file has one of the digests of the pin."""
    support = _support(identity, verdict)
    return not support or any(one.roots for one in support)


def one_source(pin: Pin, identity: Identity, verdict: Verdict) -> tuple[Code, ...]:
    """Return what speaks against a pin of the file of `verdict`, where one root source alone accuses it."""
    support = _support(identity, verdict)
    doubts = {doubt for one in support for doubt in one.doubts}
    codes = [code for doubt, code in _CODES.items() if doubt in doubts]
    roots = {root for one in support for root in one.roots}
    if len(roots) < 2 and _names_another(pin, verdict.subject):  # noqa: PLR2004 - a second one
        codes.append(Code.ONE_SOURCE_OTHER_NAME)
    return tuple(codes)


def _support(identity: Identity, verdict: Verdict) -> Sequence[DigestSupport]:
    return [one for one in verdict.support if one.digest in identity.digests]


def _names_another(pin: Pin, judged: Subject) -> bool:
    """Say whether the name of the pinned file is that of another project or release than `judged`.

    Where that cannot be told it is no contradiction.
    """
    named = None if pin.filename is None else _named(pin.ecosystem, pin.filename, judged)
    if named is None:
        return False
    if judged.version is None:
        return named[0] != judged.project
    return release_key(*named) != release_key(judged.project, judged.version)


def _named(ecosystem: Ecosystem, filename: str, judged: Subject) -> tuple[ProjectKey, str] | None:
    """Return the project and version that a file name states; read as one of `judged` where it can be."""
    match ecosystem:
        case Ecosystem.PYPI:
            stated = project_of_file(filename, judged.project.name)
        case Ecosystem.NPM:
            stated = _in_tarball(filename, judged)
        case _:
            stated = None
    return None if stated is None else (replace(judged.project, name=stated[0]), stated[1])


def _in_tarball(filename: str, judged: Subject) -> tuple[str, str] | None:
    """Read `name-1.0.0.tgz`, as the registry of npm calls a tarball; the scope is left out of it."""
    name = judged.project.name
    bare = name.rpartition("/")[2]
    if judged.version is not None and filename == f"{bare}-{judged.version}.tgz":
        return name, judged.version
    found = _TARBALL.fullmatch(filename)
    return None if found is None else (name if found[1] == bare else found[1], found[2])
