"""Whether a known text may be passed over follows the verdicts, the registries and the parsers."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import CursorResult, event, update

from crawler.model import (
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
    Tier,
    Verdict,
    VerdictState,
)
from tests.servers.visited_ledger import VisitedLedger, blake_of, package, sha_of
from tests.values import REGISTRIES, blake2b, sha256, verdict
from workers.ledger import clearing
from workers.ledger.ledger import Ledger
from workers.ledger.tables import block

NAME = "zz-ghost-a"
OTHERS = tuple(package(f"zz-plain-{n}") for n in range(3))


@pytest.fixture
def visited(ledger: Ledger) -> VisitedLedger:
    """Two repositories were visited whose locks share all packages; nothing is said of any."""
    one = VisitedLedger(ledger=ledger)
    one.visit(0, one.lock(*OTHERS, package(NAME)))
    one.visit(1, one.lock(package(NAME), *OTHERS))
    return one


def malicious(name: str = NAME, **digests: str) -> Verdict:
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name=name)
    if not digests:
        return replace(verdict(), subject=Subject(project=project, version="1.0"))
    known = (blake2b(digests["blake"]) if "blake" in digests else sha256(digests["sha"]),)
    file = Distribution(filename="zz.whl", digests=known)
    return replace(verdict(), subject=Subject(project=project, version="9", file=file))


def ranged(stated: str) -> Verdict:
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name=NAME)
    return replace(verdict(), subject=Subject(project=project, version=stated))


def found(one: VisitedLedger) -> list[tuple[str, str, str]]:
    """Where ghosts were found: repository, excerpt, tier."""
    return [
        (
            report.finding.repository.path,
            "" if report.evidence is None else report.evidence.excerpt.strip(),
            report.finding.match.tier,
        )
        for report in one.reports()
        if report.status.is_open
    ]


def test_what_nothing_speaks_against_is_read_once(visited: VisitedLedger) -> None:
    assert visited.passed_over == 4
    assert found(visited) == []


def test_a_new_package_is_written_once_with_its_mark(ledger: Ledger) -> None:
    changed: list[int] = []

    def note(_: object, cursor: CursorResult[Any], statement: str, *_more: object) -> None:
        if statement.startswith("UPDATE block "):
            changed.append(cursor.rowcount)

    event.listen(ledger._engine, "after_cursor_execute", note)
    one = VisitedLedger(ledger=ledger)

    one.visit(0, one.lock(*OTHERS))
    one.visit(1, one.lock(*OTHERS))

    assert one.passed_over == 3
    assert sum(changed) == 0


@pytest.mark.parametrize(
    "judged",
    [
        malicious(),
        malicious(sha=sha_of(NAME, "1.0")),
        malicious(name="zz-other", sha=sha_of(NAME, "1.0")),
        malicious(name="zz-other", blake=blake_of(NAME, "1.0")),
    ],
    ids=["by its release", "by its digest", "under another name", "by the digest in its URL"],
)
@pytest.mark.parametrize("hunted", [True, False])
def test_a_verdict_on_what_is_known_is_found_in_the_next_lock(
    visited: VisitedLedger, judged: Verdict, *, hunted: bool
) -> None:
    visited.judge(judged.subject.project.name, judged)
    if hunted:
        visited.hunt()
    visited.visit(2, visited.lock(*OTHERS, package(NAME)))

    (theirs,) = [(excerpt, tier) for path, excerpt, tier in found(visited) if path == "o/r2"]
    assert visited.passed_over == 4 + 3
    assert sha_of(NAME, "1.0") in theirs[0]
    assert visited.wrong() == []


@pytest.mark.parametrize(
    ("stated", "tiers"),
    [
        ("vers:pypi/>=0.5|<=1.0", {Tier.B}),
        ("vers:pypi/>=0|<2.0", {Tier.B}),
        ("vers:pypi/>=1.1|<2.0", set()),
    ],
)
@pytest.mark.parametrize("hunted", [True, False])
def test_a_range_that_comes_between_two_visits_is_compared_with_what_is_known(
    visited: VisitedLedger, stated: str, tiers: set[Tier], *, hunted: bool
) -> None:
    visited.judge(NAME, ranged("vers:pypi/>=3.0|<4.0"))
    visited.visit(2, visited.lock(*OTHERS, package(NAME)))
    before = found(visited)

    visited.judge(NAME, ranged(stated))
    if hunted:
        visited.hunt()
    visited.visit(3, visited.lock(*OTHERS, package(NAME)))

    assert before == []
    assert {tier for path, _, tier in found(visited) if path == "o/r3"} == tiers
    assert {path for path, *_ in found(visited)} == (
        set() if not tiers else {"o/r0", "o/r1", "o/r2", "o/r3"} if hunted else {"o/r3"}
    )
    assert visited.wrong() == []


def test_a_range_that_is_taken_back_takes_its_findings_back(visited: VisitedLedger) -> None:
    visited.judge(NAME, ranged("vers:pypi/>=0.5|<=1.0"))
    visited.hunt()
    before = found(visited)

    visited.judge(NAME, ranged("vers:pypi/>=0.5|<1.0"))
    visited.hunt()

    assert {path for path, *_ in before} == {"o/r0", "o/r1"}
    assert found(visited) == []


def test_evidence_points_to_the_lines_below_what_was_passed_over(visited: VisitedLedger) -> None:
    visited.judge(NAME, malicious())
    lock = visited.lock(*OTHERS, package(NAME))

    visited.visit(2, lock)

    (report,) = [one for one in visited.reports() if one.finding.repository.path == "o/r2"]
    lines = report.finding.match.pin.lines
    assert lines is not None
    there = lock.decode().split("\n")[lines.first - 1 : lines.last]
    assert sha_of(NAME, "1.0") in "\n".join(there)


def test_a_verdict_that_is_taken_back_makes_its_text_known_again(visited: VisitedLedger) -> None:
    visited.judge(NAME, malicious())
    visited.judge(NAME)
    visited.visit(2, visited.lock(*OTHERS, package(NAME)))
    visited.visit(3, visited.lock(*OTHERS, package(NAME)))

    assert visited.passed_over == 4 + 3 + 4
    assert found(visited) == []


def test_registries_that_change_have_everything_judged_anew(visited: VisitedLedger) -> None:
    visited.file_hosts = frozenset({"elsewhere.example"})
    visited.visit(2, visited.lock(*OTHERS, package(NAME)))

    assert visited.passed_over == 4
    assert {(path, tier) for path, _, tier in found(visited)} == {("o/r2", Tier.T)}


def test_what_was_tampered_with_is_read_each_time(ledger: Ledger) -> None:
    one = VisitedLedger(ledger=ledger)
    tampered = package(NAME, host="elsewhere.example")
    for number in range(3):
        one.visit(number, one.lock(*OTHERS, tampered, package("zz-plain", f"{number}.0")))

    assert one.passed_over == 3 + 3
    assert {(path, tier) for path, _, tier in found(one)} == {
        ("o/r0", Tier.T),
        ("o/r1", Tier.T),
        ("o/r2", Tier.T),
    }


def test_a_verdict_that_comes_between_reading_and_storing_is_not_missed(
    visited: VisitedLedger,
) -> None:
    def accuse_and_hunt() -> None:
        visited.judge(NAME, malicious())
        visited.hunt()

    def accuse() -> None:
        thread = Thread(target=accuse_and_hunt)
        thread.start()
        thread.join()

    visited.meanwhile = accuse
    visited.visit(2, visited.lock(*OTHERS, package(NAME)))

    assert "o/r2" in {path for path, _, _ in found(visited)}
    assert visited.wrong() == []


def test_a_verdict_that_comes_while_a_new_package_is_read_is_not_missed(ledger: Ledger) -> None:
    one = VisitedLedger(ledger=ledger)

    def accuse() -> None:
        one.judge(NAME, malicious())
        one.hunt()

    one.meanwhile = accuse
    one.visit(0, one.lock(package(NAME)))

    assert [path for path, _, _ in found(one)] == ["o/r0"]
    assert one.wrong() == []


def test_a_mark_that_is_wrong_is_told(visited: VisitedLedger) -> None:
    visited.judge(NAME, malicious())
    before = visited.wrong()
    digest = clearing.digest_of("x", REGISTRIES)
    with visited.ledger.write() as conn:
        basis = conn.exec_driver_sql("SELECT max(id) FROM judging_basis").scalar_one()
        conn.execute(update(block).values(clear_by=basis))

    assert before == []
    assert len(visited.wrong()) == 1
    assert digest != clearing.digest_of("y", REGISTRIES)


def test_an_odd_package_has_its_whole_lock_read(visited: VisitedLedger) -> None:
    odd = package("zz-odd", odd="wheels = 3\n")
    visited.visit(2, visited.lock(*OTHERS, package(NAME), odd))

    assert visited.passed_over == 4


def test_a_verdict_that_accuses_nobody_has_its_text_read_too(visited: VisitedLedger) -> None:
    """A verdict that accuses nobody makes its text be read, too: it may do so tomorrow."""
    allowed = replace(malicious(), state=VerdictState.ALLOWED)
    visited.judge(NAME, allowed)
    visited.visit(2, visited.lock(*OTHERS, package(NAME)))

    assert visited.passed_over == 4 + 3
