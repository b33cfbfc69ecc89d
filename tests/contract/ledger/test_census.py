"""The census of a small world, counted by hand. Noon is 2026-03-01 12:00 UTC."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.model import (
    Assertion,
    Claim,
    Confidence,
    Distribution,
    Ecosystem,
    Finding,
    FindingStatus,
    Liveness,
    PinHistory,
    ProjectKey,
    Reason,
    Record,
    Subject,
    VerdictState,
)
from crawler.verdicts.judge import judge
from tests.contract.ledger.samples import (
    NOON,
    evidence,
    finding,
    later,
    lock,
    pin,
    repository,
    said,
    sighting,
    visited,
)
from workers.census.counting import Census, take_census
from workers.census.reading import JournalStretch
from workers.census.removals import FlashGhosts, MonthCount
from workers.census.stories import Happening
from workers.ledger import (
    assertions,
    current_assertions,
    findings,
    frontier,
    locks,
    proofs,
    statuses,
    verdicts,
    visits,
)
from workers.ledger.ledger import Ledger
from workers.runs import Way

HOUR = 3600
OIDS = {"acme/app": "1" * 40, "acme/clean": "2" * 40, "acme/gone": "3" * 40, "acme/late": "4" * 40}


def pypi(name: str) -> ProjectKey:
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=name)


class World:
    """What feeds say, written down event by event."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.serial = ledger, 0
        self.projects = set[ProjectKey]()

    def journal(self, claim: Claim, name: str, at: datetime, version: str | None = None) -> None:
        """An entry of the journal: the index itself says when."""
        self.serial += 1
        self.say(
            replace(
                said(claim, project=pypi(name), version=version, record_id=str(self.serial)),
                feed="pypi-journal",
                root_source="pypi",
                valid_from=at,
                observed_at=at,
                sequence=(self.serial, 0),
            )
        )

    def seen(self, claim: Claim, name: str, at: datetime) -> None:
        """What a feed that looks now and then sees: since when, nobody says."""
        self.say(
            replace(
                said(claim, project=pypi(name), version=None, record_id=f"status:{name}"),
                feed="pypi-status",
                root_source="pypi",
                valid_from=at,
                observed_at=at,
            )
        )

    def record(
        self,
        key: ProjectKey,
        at: datetime,
        version: str | None = None,
        *,
        withdrawn: datetime | None = None,
    ) -> None:
        """A record of an advisory feed that calls `key` malicious."""
        self.serial += 1
        one = said(project=key, version=version, record_id=f"MAL-2026-{self.serial}")
        self.say(replace(one, valid_from=at, observed_at=withdrawn or at, retracted_at=withdrawn))

    def say(self, one: Assertion) -> None:
        self.projects.add(one.subject.project)
        with self.ledger.write() as conn:
            stated = Record(id=one.record_id, assertions=(one,))
            assertions.append(conn, one.feed, [stated], one.observed_at)

    def judged(self) -> None:
        """Let all that was said become verdicts."""
        now = later(240)
        with self.ledger.write() as conn:
            every = list(current_assertions.of_projects(conn, sorted(self.projects)))
            verdicts.replace(conn, {key: judge(key, of_it, now) for key, of_it in every}, now)


@pytest.fixture
def world(ledger: Ledger) -> World:
    """Eight projects, of which each says another thing."""
    world = World(ledger)
    # zz-ghost: three and a half hours until the removal, two until the quarantine; named the day after.
    world.journal(Claim.CREATED, "zz-ghost", later(-3), "1.0")
    world.journal(Claim.QUARANTINED, "zz-ghost", later(-1))
    world.journal(Claim.REMOVED, "zz-ghost", later(0.5))
    world.record(pypi("zz-ghost"), later(24), "1.0")
    # zz-ghost-two: three days, over the end of a month.
    world.journal(Claim.CREATED, "zz-ghost-two", later(-60), "2.0")
    world.journal(Claim.REMOVED, "zz-ghost-two", later(12), "2.0")
    world.record(pypi("zz-ghost-two"), later(-24), "2.0")
    # zz-ghost-seen: named; that it is gone was only seen, long after.
    world.record(pypi("zz-ghost-seen"), later(-24 * 40), "1.0")
    world.seen(Claim.REMOVED, "zz-ghost-seen", later(100))
    # zz-flash and zz-edge: gone after twelve and after sixty minutes; zz-slow: after sixty-one.
    for name, minutes in (("zz-flash", 12), ("zz-edge", 60), ("zz-slow", 61)):
        world.journal(Claim.CREATED, name, later(48), "0.1")
        world.journal(Claim.REMOVED, name, later(48 + minutes / 60))
    # zz-freed: quarantined in February, released again, and what was said of it taken back.
    world.journal(Claim.QUARANTINED, "zz-freed", later(-24 * 10))
    world.journal(Claim.QUARANTINE_CLEARED, "zz-freed", later(-24 * 8))
    world.record(pypi("zz-freed"), later(-24 * 10), "3.0", withdrawn=later(-24 * 7))
    # Of another index.
    npm = ProjectKey(ecosystem=Ecosystem.NPM, name="zz-ghost-npm")
    world.record(npm, datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC))
    world.judged()
    return world


def taken(ledger: Ledger) -> Census:
    with ledger.snapshot() as conn:
        return take_census(conn, later(300))


def count(
    happening: Happening,
    month: str | None,
    cause: VerdictState | None,
    projects: int = 1,
    ecosystem: Ecosystem = Ecosystem.PYPI,
) -> MonthCount:
    return MonthCount(
        month=month, ecosystem=ecosystem, happening=happening, cause=cause, projects=projects
    )


def test_what_happened_is_counted_by_month_index_and_verdict(world: World) -> None:
    census = taken(world.ledger)

    malicious, withdrawn = VerdictState.MALICIOUS, VerdictState.WITHDRAWN
    assert census.projects == 8
    assert census.months == (
        count(Happening.NAMED, "2025-12", malicious, ecosystem=Ecosystem.NPM),
        count(Happening.NAMED, "2026-01", malicious),
        count(Happening.NAMED, "2026-02", malicious),
        count(Happening.NAMED, "2026-03", malicious),
        count(Happening.WITHDRAWN, "2026-02", withdrawn),
        count(Happening.QUARANTINED, "2026-02", withdrawn),
        count(Happening.QUARANTINED, "2026-03", malicious),
        count(Happening.RELEASED, "2026-02", withdrawn),
        count(Happening.REMOVED, "2026-03", malicious, 2),
        count(Happening.REMOVED, "2026-03", VerdictState.REMOVED, 3),
        count(Happening.REMOVED, None, malicious),
    )


def test_stays_are_measured_only_where_the_index_states_both_ends(world: World) -> None:
    by_kind = {
        (one.ecosystem, one.accused, one.until): one.spread for one in taken(world.ledger).stays
    }

    accused = by_kind[Ecosystem.PYPI, True, Happening.REMOVED]
    assert (accused.measured, accused.unknown) == (2, 1)
    assert (accused.median_seconds, accused.ninetieth_seconds) == (3.5 * HOUR, 72 * HOUR)
    locked = by_kind[Ecosystem.PYPI, True, Happening.QUARANTINED]
    assert (locked.measured, locked.unknown, locked.median_seconds) == (1, 2, 2 * HOUR)
    spared = by_kind[Ecosystem.PYPI, False, Happening.REMOVED]
    # zz-freed was quarantined, and its upload and any removal are not known.
    assert (spared.measured, spared.unknown) == (3, 1)
    assert (spared.median_seconds, spared.ninetieth_seconds) == (60 * 60, 61 * 60)
    npm = by_kind[Ecosystem.NPM, True, Happening.REMOVED]
    assert (npm.measured, npm.unknown, npm.median_seconds) == (0, 1, None)


def test_flash_ghosts_are_removed_within_an_hour_and_named_by_nobody(world: World) -> None:
    pypi_in_march = FlashGhosts(month="2026-03", ecosystem=Ecosystem.PYPI, releases=2, projects=2)

    census = taken(world.ledger)

    assert census.flash_ghosts == (pypi_in_march,)
    assert census.journal == JournalStretch(first=later(-240), last=later(48 + 61 / 60))


def test_a_flash_ghost_that_a_feed_names_later_is_none(world: World) -> None:
    world.record(pypi("zz-flash"), later(80), "0.1")
    world.record(pypi("zz-edge"), later(80), "0.1", withdrawn=later(81))

    assert taken(world.ledger).flash_ghosts == ()


def test_a_record_taken_back_beside_one_that_stands_leaves_a_project_named(world: World) -> None:
    one = said(project=pypi("zz-ghost"), version="1.0", record_id="GHSA-1")
    world.say(replace(one, feed="other", retracted_at=later(1), observed_at=later(1)))

    happened = {row.happening: row.projects for row in taken(world.ledger).months}

    assert happened[Happening.WITHDRAWN] == 1


def test_a_name_that_came_again_has_the_stay_of_its_first_upload(world: World) -> None:
    world.journal(Claim.CREATED, "zz-flash", later(60), "0.1")
    world.journal(Claim.REMOVED, "zz-flash", later(90))

    census = taken(world.ledger)

    assert [(one.releases, one.projects) for one in census.flash_ghosts] == [(2, 2)]


def test_a_project_counts_in_every_month_in_which_something_of_it_was_removed(
    world: World,
) -> None:
    for days in (-400, -401, 60):
        world.journal(Claim.REMOVED, "zz-ghost", later(24 * days), "0.9")

    removed = {
        row.month: row.projects
        for row in taken(world.ledger).months
        if row.happening is Happening.REMOVED and row.cause is VerdictState.MALICIOUS
    }

    assert removed == {"2025-01": 1, "2026-03": 2, "2026-04": 1, None: 1}


def test_an_upload_that_only_a_lock_states_is_not_believed(world: World) -> None:
    file = Distribution(filename="zz_ghost_seen-1.0.tar.gz", uploaded_at="2026-01-20T00:00:00Z")
    stated = said(Claim.KNOWN, project=pypi("zz-ghost-seen"), version="1.0", record_id="lock")
    subject = Subject(project=pypi("zz-ghost-seen"), version="1.0", file=file)
    world.say(replace(stated, subject=subject, root_source="a-lock"))
    world.journal(Claim.REMOVED, "zz-ghost-seen", later(101))
    measured = {(o.accused, o.until): o.spread.measured for o in taken(world.ledger).stays}
    world.say(replace(stated, subject=subject, root_source="pypi", record_id="table"))

    believed = {(o.accused, o.until): o.spread.measured for o in taken(world.ledger).stays}

    assert measured[True, Happening.REMOVED] == 2
    assert believed[True, Happening.REMOVED] == 3


def found(
    ledger: Ledger,
    path: str,
    way: Way,
    seen: datetime,
    *,
    url: str = "https://files.index.example/x",
    status: int | None = 200,
    history: PinHistory | None = None,
    confidence: Confidence = Confidence.CONFIRMED,
) -> Finding:
    """Read a repository that `way` led to, and find a pin of zz-ghost 1.0 in its lock."""
    where, oid = repository(path, path), OIDS[path]
    one = replace(
        finding(path, path=path, oid=oid, confidence=confidence),
        repository=where,
        sighting=sighting(oid),
    )
    answer = Liveness(
        method="HEAD", url=url, status=status, content_length=None, checked_at=later(200)
    )
    with ledger.write() as conn:
        (row,) = frontier.save(conn, [where], seen, way)
        locks.store_many(conn, [lock(oid, pin())], seen, parser_version="1")
        visits.record_visit(conn, row, visited(where, sighting(oid)), seen)
        findings.record(conn, [one], "run", seen)
        proof = replace(evidence(), blob_oid=oid, liveness=answer, history=history)
        proofs.add_evidence(conn, path, proof, seen)
    return one


def read_clean(ledger: Ledger) -> None:
    where, oid = repository("acme/clean", "clean"), OIDS["acme/clean"]
    with ledger.write() as conn:
        (row,) = frontier.save(conn, [where], NOON, Way.LIST)
        locks.store_many(conn, [lock(oid)], NOON, parser_version="1")
        visits.record_visit(conn, row, visited(where, sighting(oid)), NOON)
        frontier.save(conn, [repository("acme/unread", "unread")], NOON, Way.LIST)


def lose(ledger: Ledger, key: str, status: FindingStatus, at: datetime) -> None:
    with ledger.write() as conn:
        statuses.lose(conn, [key], status, Reason(code="pin-gone", text="gone"), at)


@pytest.fixture
def pinned(world: World) -> Ledger:
    """Four repositories with pins of zz-ghost (removed at 12:30), a clean one, and one never read."""
    ledger = world.ledger
    # Seen an hour before the removal, and last seen ten hours after it.
    found(ledger, "acme/app", Way.SEARCH, later(-0.5))
    found(ledger, "acme/app", Way.SEARCH, later(10.5))
    # Came five hours after the removal, says its commit, and was gone at the visit of hour 29.5.
    entered = PinHistory(commits=3, whole=True, entered_at=later(5.5))
    found(
        ledger,
        "acme/gone",
        Way.SEARCH,
        later(8),
        status=404,
        url="https://files.index.example/y",
        history=entered,
    )
    lose(ledger, "acme/gone", FindingStatus.GONE_AT_REFS, later(29.5))
    # First seen after the removal: when the pin came, nobody knows.
    found(ledger, "acme/late", Way.LIST, later(90), status=None)
    read_clean(ledger)
    return ledger


def test_shares_are_of_what_was_read_and_by_way(pinned: Ledger) -> None:
    pinning = taken(pinned).pinning

    by_way = {one.way: (one.repositories.hits, one.repositories.of) for one in pinning.ways}
    assert by_way == {Way.SEARCH: (1, 2), Way.LIST: (1, 2)}
    assert (pinning.repositories.hits, pinning.repositories.of) == (2, 4)
    assert (pinning.locks.hits, pinning.locks.of) == (2, 4)
    assert pinning.repositories.low == pytest.approx(0.15004, abs=1e-5)
    assert pinning.repositories.high == pytest.approx(0.84996, abs=1e-5)


def test_a_possible_finding_and_a_dismissed_one_are_no_pin_of_a_ghost(world: World) -> None:
    found(world.ledger, "acme/app", Way.SEARCH, later(1), confidence=Confidence.POSSIBLE)
    found(world.ledger, "acme/late", Way.SEARCH, later(1))
    with world.ledger.write() as conn:
        why = Reason(code="x", text="a fixture")
        statuses.change(conn, ["acme/late"], FindingStatus.DISMISSED, why, later(2))

    census = taken(world.ledger)

    assert (census.pinning.repositories.hits, census.pinning.repositories.of) == (0, 2)
    assert (census.pinning.locks.hits, census.pinning.locks.of) == (0, 2)
    assert (census.still_served.findings.of, census.still_served.not_asked) == (0, 0)
    assert census.lifetimes.still_there.unknown == 0


def test_still_served_counts_files_once_and_says_when_they_were_asked(pinned: Ledger) -> None:
    served = taken(pinned).still_served

    assert (served.files.hits, served.files.of) == (1, 2)
    assert (served.findings.hits, served.findings.of, served.not_asked) == (1, 2, 1)
    assert (served.first, served.last) == (later(200), later(200))


def test_pins_live_from_the_removal_or_from_their_coming_until_they_are_gone(
    pinned: Ledger,
) -> None:
    lives = taken(pinned).lifetimes

    assert (lives.ended.measured, lives.ended.unknown) == (1, 0)
    assert lives.ended.median_seconds == 24 * HOUR
    assert (lives.still_there.measured, lives.still_there.unknown) == (1, 1)
    assert lives.still_there.median_seconds == 10 * HOUR
    assert (lives.entered_later, lives.left_earlier) == (1, 0)


def test_a_release_that_came_again_leaves_the_lifetime_of_its_pins_unknown(pinned: Ledger) -> None:
    world = World(pinned)
    world.serial = 1000
    world.journal(Claim.CREATED, "zz-ghost", later(100), "1.0")

    lives = taken(pinned).lifetimes

    assert (lives.ended.measured, lives.still_there.measured) == (0, 0)
    assert (lives.ended.unknown, lives.still_there.unknown) == (1, 2)


def test_a_ledger_that_knows_nothing_says_so_of_everything(ledger: Ledger) -> None:
    census = taken(ledger)

    assert (census.projects, census.months, census.stays, census.flash_ghosts) == (0, (), (), ())
    assert census.journal == JournalStretch(first=None, last=None)
    assert census.pinning.repositories.value is None
    assert census.still_served.files.high is None
    assert census.lifetimes.ended.median_seconds is None


def test_what_a_list_without_dates_names_has_no_month(world: World) -> None:
    one = said(project=pypi("zz-listed"), version=None, record_id="pypi/zz-listed")
    world.say(replace(one, feed="a-list", undated=True))
    world.judged()

    months = {(row.happening, row.month): row.projects for row in taken(world.ledger).months}

    assert months[Happening.NAMED, None] == 1


def test_when_a_record_vanished_from_its_feed_nobody_states(world: World) -> None:
    world.say(replace(said(project=pypi("zz-listed"), record_id="x"), feed="a-list"))
    with world.ledger.write() as conn:
        assertions.append(conn, "a-list", [Record(id="x", assertions=())], later(50))
    world.judged()

    months = {(row.happening, row.month): row.projects for row in taken(world.ledger).months}

    assert months[Happening.WITHDRAWN, None] == 1
    assert months[Happening.WITHDRAWN, "2026-02"] == 1
