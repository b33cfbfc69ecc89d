"""Every hostile local repository: a typed end, all that is sound comes home, nothing runs, nothing outside is opened."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.git.local import LocalReader, local_repository
from crawler.lockfiles import crawl_worth
from crawler.model import Outcome, ReadRequest, Refs, Visit
from tests.hostile.local_places import SECRET, Place
from tests.hostile.local_repositories import MEMBERS, Member
from tests.servers.openings import Openings
from workers.committed import read_committed

_CPU_SECONDS = 10.0


def here(path: Path) -> Visit:
    """Read in this process, as the child does."""
    request = ReadRequest(wanted=crawl_worth, known=lambda _: (), refs=Refs.BRANCHES)
    (visit,) = LocalReader().read([local_repository(path)], request)
    return visit


def in_child(path: Path) -> Visit:
    return read_committed(path, Refs.BRANCHES)


def verdict(visit: Visit) -> str:
    """Name how a visit ended, and whether anything was left out."""
    if visit.outcome not in {Outcome.VISITED, Outcome.EMPTY}:
        return visit.outcome.value
    return f"{visit.outcome.value} {'partial' if visit.skipped else 'whole'}"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place.make(tmp_path_factory.mktemp("honest"))


def check(member: Member, place: Place, read: Callable[[Path], Visit]) -> None:
    if member.root and os.geteuid() != 0:
        pytest.skip("only root can make a device")
    member.spoil(place)
    before = cpu_seconds()

    with Openings(place.outside) as openings:
        visit = read(place.repo)
        opened = openings.seen()

    reasons = "\n".join(f"{s.context}: {s.reason}" for s in visit.skipped)
    assert verdict(visit) == member.verdict, reasons
    assert member.said in reasons
    assert tuple(sorted(blob.path for blob in visit.blobs)) == member.reads, reasons
    assert opened == set()
    assert SECRET not in [blob.data for blob in visit.blobs]
    assert not place.marker.exists()
    assert cpu_seconds() - before < _CPU_SECONDS


def cpu_seconds() -> float:
    """Return the CPU that this process and its children have used so far."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.id)
def test_a_hostile_local_repository_ends_typed_and_hides_nothing_that_is_sound(
    member: Member, honest: Place, tmp_path: Path
) -> None:
    check(member, honest.copied_to(tmp_path), here)


@pytest.mark.slow
@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.id)
def test_in_the_child_it_ends_the_same(member: Member, honest: Place, tmp_path: Path) -> None:
    check(member, honest.copied_to(tmp_path), in_child)
