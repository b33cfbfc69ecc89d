from __future__ import annotations

from sqlalchemy import select

from crawler.model import Ecosystem, ProjectKey, VerdictState
from tests.contract.ledger.samples import GHOST, NOON, later, sha256, verdict
from workers.ledger import verdicts
from workers.ledger.ledger import Ledger
from workers.ledger.tables import verdict as table

OTHER = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-other")


def test_only_projects_whose_verdicts_differ_are_returned(ledger: Ledger) -> None:
    same, new = verdict(project=OTHER), verdict(VerdictState.WITHDRAWN)
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),), OTHER: (same,)}, NOON)

        changed = verdicts.replace(conn, {GHOST: (new,), OTHER: (same,)}, later(1))

        assert changed == (GHOST,)
        assert verdicts.of_project(conn, GHOST) == (new,)


def test_an_ecosystem_is_told_of_while_a_verdict_on_it_stands(ledger: Ledger) -> None:
    crate = ProjectKey(ecosystem=Ecosystem.CARGO, name="zz-ghost")
    gem = ProjectKey(ecosystem=Ecosystem.GEM, name="zz-ghost")
    both = {Ecosystem.CARGO, Ecosystem.GEM, Ecosystem.CONDA}
    with ledger.write() as conn:
        judged = {
            crate: (verdict(project=crate),),
            gem: (verdict(VerdictState.WITHDRAWN, project=gem),),
        }
        verdicts.replace(conn, judged, NOON)
        assert verdicts.ecosystems(conn, both) == {Ecosystem.CARGO}

        verdicts.replace(conn, {crate: ()}, later(1))
        assert verdicts.ecosystems(conn, both) == frozenset()


def test_a_superseded_verdict_keeps_when_it_held(ledger: Ledger) -> None:
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(),)}, NOON)

        verdicts.replace(conn, {GHOST: ()}, later(1))

        rows = conn.execute(select(table.c.state, table.c.since, table.c.until)).all()
        assert verdicts.of_project(conn, GHOST) == ()
    assert [tuple(row) for row in rows] == [("malicious", NOON, later(1))]


def test_pins_find_verdicts_by_digest_release_and_project(ledger: Ledger) -> None:
    by_file = verdict(digest=sha256())
    by_release = verdict(version="2.0")
    by_project = verdict(VerdictState.REMOVED, version=None)
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (by_file, by_release, by_project)}, NOON)

        assert verdicts.reader(conn).for_pins(digests=[sha256().hex]) == (by_file,)
        assert verdicts.reader(conn).for_pins(releases=[(GHOST, "2.0")]) == (by_release,)
        assert verdicts.reader(conn).for_pins(projects=[GHOST]) == (by_project,)


def test_a_release_finds_the_verdicts_on_its_files(ledger: Ledger) -> None:
    by_file = verdict(digest=sha256())
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (by_file,)}, NOON)

        found = verdicts.reader(conn).for_pins(releases=[(GHOST, "1.0")], digests=[sha256().hex])

    assert found == (by_file,)


def test_nothing_is_found_by_what_is_not_stated(ledger: Ledger) -> None:
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=sha256()),)}, NOON)

        found = verdicts.reader(conn).for_pins(
            digests=["ee" * 32], releases=[(GHOST, "9.9")], projects=[GHOST, OTHER]
        )

    assert found == ()


def test_a_superseded_verdict_is_not_found(ledger: Ledger) -> None:
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=sha256()),)}, NOON)
        verdicts.replace(conn, {GHOST: ()}, later(1))

        found = verdicts.reader(conn).for_pins(digests=[sha256().hex], releases=[(GHOST, "1.0")])

    assert found == ()


def test_thousands_of_digests_are_looked_up_at_once(ledger: Ledger) -> None:
    digests = [sha256(f"{n:064x}") for n in range(3000)]
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (verdict(digest=digests[2999]),)}, NOON)

        found = verdicts.reader(conn).for_pins(digests=[digest.hex for digest in digests])

    assert found == (verdict(digest=digests[2999]),)


def test_what_the_index_says_is_wanted_of_every_range_of_versions(ledger: Ledger) -> None:
    doubted = verdict(VerdictState.SUSPICIOUS, version="vers:pypi/>=1.0|<2.0")
    other = verdict(VerdictState.SUSPICIOUS, project=OTHER)
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (doubted,), OTHER: (other,)}, NOON)

        assert verdicts.watched(conn) == (GHOST,)


def test_a_project_of_which_several_releases_are_accused_is_named_once(ledger: Ledger) -> None:
    with ledger.write() as conn:
        judged = {GHOST: (verdict(), verdict(version="2.0")), OTHER: (verdict(project=OTHER),)}
        verdicts.replace(conn, judged, NOON)

        assert verdicts.names(conn, Ecosystem.PYPI) == (GHOST.name, OTHER.name)


def test_targets_watched_and_counts_speak_of_current_states(ledger: Ledger) -> None:
    malicious, yanked = verdict(), verdict(VerdictState.YANKED, project=OTHER)
    with ledger.write() as conn:
        verdicts.replace(conn, {GHOST: (malicious,), OTHER: (yanked,)}, NOON)

        assert tuple(verdicts.targets(conn)) == (malicious,)
        assert verdicts.watched(conn) == (GHOST,)
        assert verdicts.counts(conn) == {VerdictState.MALICIOUS: 1, VerdictState.YANKED: 1}
        assert tuple(verdicts.list_ghosts(conn, list(VerdictState), 1)) == (malicious,)
