"""What is removed while a visit relies on it is read again: nothing is passed over that is not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from crawler.errors import Defer
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.lockfiles import lock_id
from crawler.model import Ecosystem, ProjectKey, Subject
from tests.contract.ledger.samples import NOON, repository, sighting, visited
from tests.servers.visited_ledger import VisitedLedger, package
from tests.values import REGISTRIES, verdict
from workers.files import blob_of
from workers.ledger import frontier, locks, visits
from workers.ledger.ledger import Ledger
from workers.ledger.retention import Keep, prune
from workers.parsing import parse_unknown
from workers.runs import Run
from workers.steps.recording import VisitRecorder

NAMES = ("zz-ghost-a", "zz-plain-b", "zz-plain-c")
KEEP = Keep(
    visits=timedelta(days=90),
    finished_work=timedelta(days=30),
    gaps=timedelta(days=180),
    gone_sightings=timedelta(days=365),
)


@pytest.fixture
def left(ledger: Ledger) -> VisitedLedger:
    """A lock and its packages, which nobody has had for more than a year."""
    one = VisitedLedger(ledger=ledger)
    one.visit(0, one.lock(*map(package, NAMES)))
    one.visit(0, one.lock(package("zz-other")))
    one.now += timedelta(days=400)
    return one


def pruned(one: VisitedLedger) -> dict[str, int]:
    return dict(prune(one.ledger, KEEP, one.now))


def test_packages_that_are_pruned_while_a_lock_is_read_are_stored_again(
    left: VisitedLedger,
) -> None:
    removed: list[dict[str, int]] = []
    left.meanwhile = lambda: removed.append(pruned(left))
    lock = left.lock(*map(package, NAMES))

    left.visit(1, lock)
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name=NAMES[0])
    left.judge(NAMES[0], replace(verdict(), subject=Subject(project=project, version="1.0")))
    left.hunt()

    assert removed == [{"sighting": 1, "lock": 1, "block": 3}]
    named = lock_id("uv.lock", blob_of("uv.lock", lock).oid)
    with left.ledger.read() as conn:
        assert {one.name for one in locks.pins_of(conn, named).pins} == set(NAMES)
    assert [one.finding.repository.path for one in left.reports()] == ["o/r1"]
    assert left.wrong() == []


def test_no_text_is_known_whose_package_was_pruned(left: VisitedLedger) -> None:
    pruned(left)

    with left.ledger.read() as conn:
        texts = conn.scalar(text("SELECT count(*) FROM block_text"))
    left.visit(1, left.lock(*map(package, NAMES)))

    assert texts == 1
    assert left.passed_over == 0
    assert left.wrong() == []


def test_a_visit_that_passed_over_a_lock_which_was_pruned_is_done_again(
    left: VisitedLedger,
) -> None:
    with left.ledger.write() as conn:
        (row,) = frontier.save(conn, [repository()], NOON)
        oid = conn.execute(text("SELECT oid FROM sighting WHERE gone")).scalar_one()
    recorder = VisitRecorder(
        ledger=left.ledger,
        host=PlainGit(HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://x")),
        registries=REGISTRIES,
        run=Run(id="run"),
        parse=parse_unknown,
        clock=lambda: left.now,
    )
    brought = visited(repository(), sighting(oid))

    known = recorder.known(brought.sightings)
    pruned(left)
    with pytest.raises(Defer, match="was removed meanwhile"):
        recorder.record(row, brought, lambda *_: True)

    assert set(known) == {oid}
    assert recorder.known(brought.sightings) == set()
    with left.ledger.read() as conn:
        assert visits.history(conn, row) == ()
        assert frontier.heads(conn, [row], parser_version="") == {}
