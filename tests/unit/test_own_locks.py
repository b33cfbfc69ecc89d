"""Our own locks can be installed by pip with `--require-hashes`, as old as it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


def pinned(lock: str) -> Mapping[NormalizedName, frozenset[str]]:
    """Return the extras of each project that a lock pins on this machine."""
    lines = re.findall(r"^[^\s#].*?(?= \\$)", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(r.name): frozenset(map(canonicalize_name, r.extras))
        for r in requirements
        if r.marker is None or r.marker.evaluate()
    }


def asked_by(distribution: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    """Yield what an installed distribution, with these extras, depends on here."""
    for text in distribution.requires or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_every_extra_that_a_dependency_asks_for_is_pinned_with_it(lock: str) -> None:
    pins = pinned(lock)
    installed = {canonicalize_name(d.metadata["Name"]): d for d in distributions()}
    asked = {
        (name, canonicalize_name(requirement.name), extra)
        for name, extras in pins.items()
        if name in installed
        for requirement in asked_by(installed[name], extras)
        for extra in map(canonicalize_name, requirement.extras)
    }

    missing = {row for row in asked if row[2] not in pins.get(row[1], frozenset())}

    assert ("pygithub", "pyjwt", "crypto") in asked
    assert missing == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_of_what_is_pinned_is_pinned(lock: str) -> None:
    pins = pinned(lock)
    installed = {canonicalize_name(d.metadata["Name"]): d for d in distributions()}

    missing = {
        (name, requirement.name)
        for name, extras in pins.items()
        if name in installed
        for requirement in asked_by(installed[name], extras)
        if canonicalize_name(requirement.name) not in pins
    }

    assert missing == set()
