"""Files of which it is only said that they exist, with their digests: what of that can be believed.

Such a statement may rest on a link in somebody's report, so it never accuses, and never speaks for
another statement's file unless both name one and the same digest. Where two contradict each other (the
index gives no file name out twice, so one of them is wrong), neither is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from crawler.model import (
    Assertion,
    Claim,
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
    normalize_version,
    project_of_file,
)
from crawler.verdicts.statements import same_file

__all__ = ["believable", "release_of", "shares_digest"]


def believable(
    known: Iterable[Assertion], told: Mapping[str, Sequence[Distribution]]
) -> tuple[Assertion, ...]:
    """Return the statements of `known` that can be used, each with the release its file name states.

    `told` has, by file name, the files that other statements speak of.
    """
    by_name = dict[str, list[Assertion]]()
    for assertion in known:
        subject = _placed(assertion) if assertion.claim is Claim.KNOWN else None
        file = None if subject is None else subject.file
        if subject is None or file is None:
            continue
        others = told.get(file.filename, ())
        if file.digests and all(same_file(other, file) for other in others):
            placed = replace(assertion, subject=subject)
            by_name.setdefault(file.filename, []).append(placed)
    return tuple(
        one for name, many in by_name.items() for one in _consistent(many, told.get(name, ()))
    )


def shares_digest(one: Distribution, other: Distribution) -> bool:
    """Say whether both are the same bytes by a digest that both state."""
    return not set(one.digests).isdisjoint(other.digests)


def _consistent(many: Sequence[Assertion], told: Sequence[Distribution]) -> Iterable[Assertion]:
    """Yield those that nobody contradicts, or else those that a told file bears out."""
    files = [a.subject.file for a in many if a.subject.file is not None]
    agreed = all(same_file(one, other) for one in files for other in files)
    for assertion in many:
        file = assertion.subject.file
        if agreed or (file is not None and any(shares_digest(file, other) for other in told)):
            yield assertion


def _placed(assertion: Assertion) -> Subject | None:
    """Return the subject with its release, or None where the file name states another one."""
    subject = assertion.subject
    stated = None if subject.file is None else release_of(subject.project, subject.file.filename)
    if stated is None:
        return None
    if subject.version is None:
        return replace(subject, version=stated)
    same = normalize_version(subject.project.ecosystem, subject.version) == stated
    return subject if same else None


def release_of(project: ProjectKey, filename: str) -> str | None:
    """Return the version of `project` that a file name states, or None where it states none."""
    match project.ecosystem:
        case Ecosystem.PYPI:
            stated = project_of_file(filename, project.name)
            return None if stated is None or stated[0] != project.name else stated[1]
        case Ecosystem.NPM:
            start = f"{project.name.rpartition('/')[2]}-"
            inside = filename.startswith(start) and filename.endswith(".tgz")
            return filename[len(start) : -len(".tgz")] or None if inside else None
        case _:
            return None
