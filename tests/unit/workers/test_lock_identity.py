"""A lock is a blob and how its name says that it is read: no lock speaks for the same bytes elsewhere."""

from __future__ import annotations

import pytest

from crawler import pipeline
from crawler.model import (
    Confidence,
    FindingStatus,
    LockBlob,
    LockId,
    Outcome,
    Sighting,
    Visit,
)
from tests.unit.workers.forge import Site, repository
from tests.values import INDEX, SHA, URL, ghost_file, verdict
from workers.files import blob_of
from workers.ledger import findings, locks
from workers.ledger.ledger import Ledger

LOCK = f"""version = 1
revision = 3

[[package]]
name = "zz-ghost-one"
version = "1.0"
source = {{ registry = "{INDEX}" }}
wheels = [{{ url = "{URL}", hash = "sha256:{SHA}" }}]
""".encode()
OID = blob_of("uv.lock", LOCK).oid
ORDERS = [("evil/copy", "good/cairo"), ("good/cairo", "evil/copy")]
GRAPH = f'{{"zz": "file+{URL}#sha256={SHA}", "locked_resolves": []}}'.encode()
"""What pex finds in it is nothing; any other reading may see the URL."""


@pytest.fixture
def site(ledger: Ledger) -> Site:
    """A site that knows the ghost."""
    made = Site(ledger)
    made.accuse(verdict(file=ghost_file()))
    return made


@pytest.fixture
def unsuspecting(ledger: Ledger) -> Site:
    """A site that knows no ghost yet."""
    return Site(ledger)


@pytest.mark.parametrize("order", ORDERS)
def test_the_bytes_of_a_stranger_under_another_name_accuse_the_copy_alone(
    site: Site, order: tuple[str, str]
) -> None:
    site.forge.show("evil/copy", main={"uv.lock": LOCK})
    site.forge.show("good/cairo", main={"Scarb.lock": LOCK})

    for path in order:
        site.visit(path)

    assert site.accused == ["evil/copy:uv.lock uv"]


@pytest.mark.parametrize("order", ORDERS)
def test_a_later_verdict_accuses_the_copy_alone(unsuspecting: Site, order: tuple[str, str]) -> None:
    unsuspecting.forge.show("evil/copy", main={"uv.lock": LOCK})
    unsuspecting.forge.show("good/cairo", main={"Scarb.lock": LOCK})
    for path in order:
        unsuspecting.visit(path)
    unsuspecting.accuse(verdict(file=ghost_file()))

    hunted = unsuspecting.hunt()

    assert (hunted.locks, unsuspecting.accused) == (1, ["evil/copy:uv.lock uv"])


@pytest.mark.parametrize("decoy", ["0/Scarb.lock", "Chart.lock"])
def test_a_copy_beside_a_lock_does_not_hide_it(site: Site, decoy: str) -> None:
    site.forge.show("a/a", main={decoy: LOCK, "uv.lock": LOCK})

    site.visit("a/a")

    assert site.accused == ["a/a:uv.lock uv"]


@pytest.mark.parametrize("copy", ["A.lock", "z/lock.json", "UV.LOCK"])
def test_a_copy_that_the_tool_may_read_is_found_beside_the_lock(site: Site, copy: str) -> None:
    site.forge.show("a/a", main={copy: LOCK, "uv.lock": LOCK})

    site.visit("a/a")

    assert sorted(site.accused) == sorted([f"a/a:{copy} uv", "a/a:uv.lock uv"])


def test_a_copy_on_another_branch_does_not_hide_it(site: Site) -> None:
    site.forge.show(
        "a/a", main={"Scarb.lock": LOCK}, dev={"uv.lock": LOCK}, old={"Chart.lock": LOCK}
    )

    site.visit("a/a")

    assert [(f.sighting.ref, f.format) for f in site.findings] == [("refs/heads/dev", "uv")]


def test_a_blob_that_was_no_known_lock_is_fetched_again_for_the_name_of_one(site: Site) -> None:
    site.forge.show("a/a", main={"Scarb.lock": LOCK})
    site.forge.show("b/b", main={"uv.lock": LOCK})
    site.visit("a/a")

    site.visit("b/b")

    assert site.accused == ["b/b:uv.lock uv"]
    assert site.forge.fetched == [OID, OID]


def test_a_blob_of_several_names_is_fetched_once_and_read_once_in_each_way(site: Site) -> None:
    names = ["A.lock", "B.lock", "uv.lock", "before-merge.uv.lock", "x/uv.lock", "lock.json"]
    site.forge.show("a/a", main=dict.fromkeys(names, LOCK), dev={"C.lock": LOCK})

    site.visit("a/a")

    assert site.forge.fetched == [OID]
    assert site.parsed == ["A.lock", "uv.lock"]


def test_names_of_one_reading_need_no_second_look(site: Site) -> None:
    site.forge.show("a/a", main={"uv.lock": LOCK, "Scarb.lock": LOCK})
    site.forge.show("b/b", main={"old.uv.lock": LOCK, "Chart.lock": LOCK})
    site.visit("a/a")

    site.visit("b/b")

    assert site.forge.fetched == [OID]
    assert site.accused == ["a/a:uv.lock uv", "b/b:old.uv.lock uv"]


def test_a_pex_lock_of_any_name_is_no_lock_of_the_formats_beside_it(site: Site) -> None:
    site.forge.show("a/a", main={"3rdparty/default.lock": GRAPH, "requirements.txt": GRAPH})

    site.visit("a/a")

    with site.ledger.read() as conn:
        stored = {
            reading: locks.read_lock(conn, LockId(oid=blob_of("", GRAPH).oid, reading=reading))
            for reading in ("by-content", "requirements", "pex")
        }
    formats = {reading: one and one.result.format for reading, one in stored.items()}
    assert formats == {"by-content": "pex", "requirements": "requirements", "pex": None}


def test_an_empty_file_is_one_lock_for_each_reading(site: Site) -> None:
    site.forge.show("a/a", main={"A.lock": b"", "uv.lock": b"", "package-lock.json": b""})

    site.visit("a/a")

    with site.ledger.read() as conn:
        left = sorted(one.path for one in locks.unread(conn))
    assert left == ["A.lock", "package-lock.json", "uv.lock"]


def test_findings_of_forks_share_lines_only_where_they_read_the_same(site: Site) -> None:
    site.forge.show("a/a", main={"uv.lock": LOCK})
    site.forge.show("b/b", main={"x/uv.lock": LOCK, "poetry.lock": LOCK})
    site.visit("a/a")

    site.visit("b/b")

    own = {f"{f.repository.path}:{f.sighting.path}": f for f in site.findings}
    assert own["b/b:x/uv.lock"].match.pin.lines == own["a/a:uv.lock"].match.pin.lines
    assert {f.format for f in own.values() if f.sighting.path.endswith("uv.lock")} == {"uv"}
    assert all(f.format == "poetry" for f in own.values() if "poetry" in f.sighting.path)


def test_what_has_moved_to_a_name_that_is_read_otherwise_is_gone(site: Site) -> None:
    site.forge.show("a/a", main={"uv.lock": LOCK})
    site.visit("a/a")
    site.forge.show("a/a", main={"Scarb.lock": LOCK})
    site.visit("a/a")

    hunted = site.hunt()

    assert (hunted.new, hunted.retracted, site.accused) == (0, 0, [])


def test_a_hunt_follows_a_lock_to_its_new_name(site: Site) -> None:
    site.forge.show("a/a", main={"Scarb.lock": LOCK})
    site.visit("a/a")
    site.forge.show("a/a", main={"app/uv.lock": LOCK})

    site.visit("a/a")
    site.hunt()

    assert site.accused == ["a/a:app/uv.lock uv"]


def test_a_visit_gives_each_blob_once_per_reading() -> None:
    def seen(path: str) -> Sighting:
        return Sighting(ref="refs/heads/main", commit="c" * 40, path=path, oid=OID)

    sightings = tuple(
        map(seen, ["A.lock", "package-lock.json", "npm-shrinkwrap.json", "b/uv.lock"])
    )
    brought = Visit(
        repository=repository("a/a"),
        outcome=Outcome.VISITED,
        sightings=sightings,
        blobs=(LockBlob(oid=OID, path="A.lock", data=LOCK),),
    )

    paths = {lock.reading: blob.path for lock, blob in pipeline.locks_of(brought).items()}
    assert paths == {"by-content": "A.lock", "npm": "package-lock.json", "uv": "b/uv.lock"}


def test_a_lock_that_has_moved_to_another_name_is_no_longer_at_the_head(site: Site) -> None:
    site.forge.show("a/a", main={"uv.lock": LOCK})
    site.visit("a/a")
    site.forge.show("a/a", main={"Scarb.lock": LOCK})

    site.verify()

    with site.ledger.read() as conn:
        (report,) = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
    assert report.status is FindingStatus.GONE_AT_REFS
