from __future__ import annotations

import re

import pytest

from benchmarks.generate import FORMATS, locks, population
from crawler import lockfiles
from crawler.model import Readable

PACKAGES = population(7, 40)


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_each_generated_lock_is_read_whole_and_pins_what_it_was_made_of(kind: str) -> None:
    ((path, data),) = locks(kind, PACKAGES, seed=3, count=1)

    result = lockfiles.parse(path, data)

    assert (result.format, result.readable, result.skipped) == (kind, Readable.FULLY, ())
    assert {pin.name for pin in result.pins} - {"project-0"} <= {p.name for p in PACKAGES}
    assert len(result.pins) >= 10


def test_the_same_seed_gives_the_same_locks() -> None:
    once = list(locks("uv", PACKAGES, seed=3, count=2))
    again = list(locks("uv", population(7, 40), seed=3, count=2))
    other = list(locks("uv", PACKAGES, seed=4, count=2))

    assert once == again
    assert once != other


def test_locks_of_one_population_share_packages_word_by_word() -> None:
    (_, first), (_, second) = locks("uv", PACKAGES, seed=5, count=2)

    shared = set(first.split(b"\n[[package]]\n")) & set(second.split(b"\n[[package]]\n"))

    assert len(shared) >= 5


def test_generated_locks_name_reserved_hosts_only() -> None:
    texts = [
        data.decode() for kind in FORMATS for _, data in locks(kind, PACKAGES, seed=1, count=1)
    ]

    hosts = {host for text in texts for host in re.findall(r"://([^/\s]+)", text)}

    assert {host.strip().rpartition(".")[2] for host in hosts} == {"example"}
    assert "files.index.example" in hosts


def test_no_two_files_of_a_package_have_one_name() -> None:
    for package in population(7, 400):
        names = [artifact.filename for artifact in package.artifacts]

        assert len(set(names)) == len(names)
