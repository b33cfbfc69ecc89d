"""What only a stranger's request pins accuses nobody, until the owner takes it in; and hides nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.model import Confidence, Finding, IndexState, Refs
from crawler.reporting.accusation import Bar, bar_of
from tests.unit.workers.forge import Site
from tests.values import INDEX, SHA, URL, ghost_file, verdict
from workers.ledger import findings
from workers.ledger.ledger import Ledger

LOCK = f"""version = 1
revision = 3

[[package]]
name = "zz-ghost-one"
version = "1.0"
source = {{ registry = "{INDEX}" }}
wheels = [{{ url = "{URL}", hash = "sha256:{SHA}" }}]
""".encode()
CLEAN = b"version = 1\nrevision = 3\n"
NAMED_ONLY = b"zz-ghost-one==1.0\n"
PRIVATE = b"[global]\nindex-url = https://private.example/simple\n"
PULL, LATER_PULL, TAG = "refs/pull/7/head", "refs/pull/8/head", "refs/tags/v1"
REQUEST = "strangers-request"


@pytest.fixture
def site(ledger: Ledger) -> Site:
    made = Site(ledger)
    made.accuse(verdict(file=ghost_file()))
    return made


def only(site: Site) -> Finding:
    (finding,) = site.findings
    return finding


def codes(finding: Finding) -> list[str]:
    return [reason.code for reason in finding.match.reasons]


def bar(site: Site) -> Bar | None:
    with site.ledger.read() as conn:
        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)
    return bar_of(report, site.now + timedelta(hours=1))


def test_what_only_a_request_pins_has_its_own_reason_and_no_letter(site: Site) -> None:
    site.forge.show("a/a", main={"uv.lock": CLEAN}, **{PULL: {"uv.lock": LOCK}})

    site.visit("a/a", refs=Refs.ALL)

    found = only(site)
    assert (found.sighting.ref, found.match.confidence) == (PULL, Confidence.LIKELY)
    assert found.match.reasons[-1].text == (
        "only a stranger's pull request has it: no branch and no tag that was read does"
    )
    assert (codes(found)[-1], bar(site)) == (REQUEST, Bar.REQUEST)


@pytest.mark.parametrize(("name", "ref"), [("main", "refs/heads/main"), (TAG, TAG)])
def test_what_a_branch_or_tag_has_as_well_is_found_there(site: Site, name: str, ref: str) -> None:
    site.forge.show(
        "a/a", **{"main": {"uv.lock": CLEAN}, PULL: {"uv.lock": LOCK}, name: {"uv.lock": LOCK}}
    )

    site.visit("a/a", refs=Refs.ALL)

    assert (only(site).sighting.ref, REQUEST in codes(only(site))) == (ref, False)


def test_a_request_that_the_owner_takes_in_is_the_owners_and_is_a_strangers_again_once_undone(
    site: Site,
) -> None:
    site.forge.show("a/a", main={"uv.lock": CLEAN}, **{PULL: {"uv.lock": LOCK}})
    site.visit("a/a", refs=Refs.ALL)
    site.forge.show("a/a", main={"uv.lock": LOCK}, **{PULL: {"uv.lock": LOCK}})
    site.visit("a/a", refs=Refs.DEFAULT)
    merged = only(site)
    site.forge.show("a/a", main={"uv.lock": CLEAN}, **{PULL: {"uv.lock": LOCK}})
    site.visit("a/a", refs=Refs.DEFAULT)
    undone = only(site)

    assert (merged.sighting.ref, REQUEST in codes(merged)) == ("refs/heads/main", False)
    assert merged.match.confidence is Confidence.CONFIRMED
    assert (undone.sighting.ref, codes(undone)[-1]) == (PULL, REQUEST)
    assert bar(site) is Bar.REQUEST


def test_a_finding_of_a_request_outlives_a_look_at_branches_and_ends_with_the_request(
    site: Site,
) -> None:
    site.forge.show("a/a", main={"uv.lock": CLEAN}, **{PULL: {"uv.lock": LOCK}})
    site.visit("a/a", refs=Refs.ALL)
    site.visit("a/a", refs=Refs.BRANCHES)
    still = len(site.findings)
    site.forge.show("a/a", main={"uv.lock": CLEAN})
    site.visit("a/a", refs=Refs.ALL)

    assert (still, site.findings) == (1, [])


def test_a_later_verdict_finds_a_request_as_a_visit_does(ledger: Ledger) -> None:
    site = Site(ledger)
    site.forge.show("a/a", main={"uv.lock": CLEAN}, **{PULL: {"uv.lock": LOCK}})
    site.visit("a/a", refs=Refs.ALL)
    site.accuse(verdict(file=ghost_file()))

    site.hunt()

    assert codes(only(site))[-1] == REQUEST


def test_verify_looks_at_the_refs_where_findings_are(site: Site) -> None:
    site.forge.show("a/a", main={"uv.lock": CLEAN}, **{PULL: {"uv.lock": LOCK}})
    site.visit("a/a", refs=Refs.ALL)

    site.verify()

    with site.ledger.read() as conn:
        (report,) = findings.reports(conn, minimum=Confidence.CENSUS)
    assert report.evidence is not None
    assert report.evidence.still_at_head is True
    assert codes(only(site))[-1] == REQUEST


def test_settings_that_a_request_brings_along_lower_nothing(ledger: Ledger) -> None:
    site = Site(ledger)
    site.accuse(verdict())
    site.forge.show(
        "a/a",
        main={"requirements.txt": NAMED_ONLY},
        **{PULL: {"requirements.txt": NAMED_ONLY, "pip.conf": PRIVATE}},
    )

    site.visit("a/a", refs=Refs.ALL)
    at_visit = codes(only(site))
    site.accuse(verdict(index_state=IndexState.UNKNOWN))
    site.hunt()

    assert "private-registry" not in at_visit
    assert "private-registry" not in codes(only(site))
