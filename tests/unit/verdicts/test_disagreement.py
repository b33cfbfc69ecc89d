"""Records that were withdrawn: what falls with them, and what is said where another stands."""

from __future__ import annotations

import pytest

from crawler.model import Assertion, Claim, Ecosystem, IndexState, VerdictState
from tests.unit.verdicts.statements_of import codes, day, says, verdicts


def _record(
    record: str, root: str, *, feed: str = "osv-mal", retracted: str | None = None
) -> Assertion:
    return says(
        Claim.MALICIOUS,
        "zz-ghost",
        "1",
        at="2026-05-01",
        seen=retracted,
        record=record,
        root=root,
        feed=feed,
        retracted=retracted,
    )


def test_an_independent_record_stands_and_says_who_disagrees() -> None:
    withdrawn = _record("MAL-2026-1", "kam193", retracted="2026-05-10")
    stands = _record("GHSA-aaaa-bbbb-cccc", "ghsa:GHSA-aaaa-bbbb-cccc", feed="ghsa-malware")

    found = verdicts("zz-ghost", [withdrawn, stands])["1"]

    assert found.state is VerdictState.MALICIOUS
    assert codes(found) == ("listed-version", "feeds-disagree")
    assert found.reasons[1].text == (
        "The feeds disagree: withdrawn were MAL-2026-1 (osv-mal); the other records named here stand."
    )
    assert [(s.feed, s.record_id) for s in found.sources] == [
        ("ghsa-malware", "GHSA-aaaa-bbbb-cccc"),
        ("osv-mal", "MAL-2026-1"),
    ]


def test_a_withdrawn_duplicate_of_the_same_source_is_no_disagreement() -> None:
    found = verdicts(
        "zz-ghost",
        [
            _record("MAL-2026-1", "kam193", retracted="2026-05-10"),
            _record("MAL-2026-2", "kam193"),
        ],
    )["1"]

    assert codes(found) == ("listed-version",)


def test_a_later_copy_of_a_withdrawn_record_in_another_feed_is_a_disagreement() -> None:
    withdrawn = _record("MAL-2026-1", "kam193", retracted="2026-05-10")
    copy = says(
        Claim.MALICIOUS,
        "zz-ghost",
        "1",
        at="2026-05-01",
        seen="2026-05-20",
        record="MAL-2026-1",
        feed="file:list",
    )

    found = verdicts("zz-ghost", [withdrawn, copy])["1"]

    assert (found.state, codes(found)) == (
        VerdictState.MALICIOUS,
        ("listed-version", "feeds-disagree"),
    )


def test_an_advisory_that_cites_a_withdrawn_record_falls_although_it_appeared_later() -> None:
    withdrawn = says(
        Claim.MALICIOUS,
        "astro",
        "7.1.0",
        at="2026-07-20",
        seen="2026-07-22",
        record="MAL-2026-10726",
        root="amazon-inspector",
        retracted="2026-07-22",
        ecosystem=Ecosystem.NPM,
    )
    advisory = says(
        Claim.MALICIOUS,
        "astro",
        "7.1.0",
        at="2026-07-27",
        feed="ghsa-malware:npm",
        record="GHSA-hpcx-pg6g-x697",
        root="MAL-2026-10726",
        ecosystem=Ecosystem.NPM,
    )

    found = verdicts("astro", [withdrawn, advisory], ecosystem=Ecosystem.NPM)["7.1.0"]

    assert found.state is VerdictState.WITHDRAWN
    assert found.since == day("2026-07-27")


def test_a_chain_of_citations_falls_with_its_first_link() -> None:
    found = verdicts(
        "zz-ghost",
        [
            _record("MAL-2026-1", "kam193", retracted="2026-05-10"),
            _record("GHSA-aaaa-bbbb-cccc", "MAL-2026-1", feed="ghsa-malware"),
            _record("PYSEC-2026-7", "GHSA-aaaa-bbbb-cccc", feed="pysec"),
            _record("x/7", "PYSEC-2026-7", feed="file:list"),
        ],
    )

    assert found["1"].state is VerdictState.WITHDRAWN


def test_a_citation_stands_while_what_it_cites_stands() -> None:
    found = verdicts(
        "zz-ghost",
        [
            _record("MAL-2026-1", "kam193"),
            _record("GHSA-aaaa-bbbb-cccc", "MAL-2026-1", feed="ghsa-malware"),
        ],
    )["1"]

    assert (found.state, codes(found)) == (VerdictState.MALICIOUS, ("listed-version",))
    assert [s.record_id for s in found.sources] == ["GHSA-aaaa-bbbb-cccc"]


def test_a_citation_of_a_record_that_nobody_has_seen_stands() -> None:
    found = verdicts("zz-ghost", [_record("GHSA-aaaa-bbbb-cccc", "MAL-2026-1")])

    assert found["1"].state is VerdictState.MALICIOUS


def test_a_record_that_drops_one_version_takes_only_that_one_from_those_who_cite_it() -> None:
    said = [
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-05-01"),
        says(Claim.MALICIOUS, "zz-ghost", "2", at="2026-05-01", retracted="2026-05-10"),
        *(
            says(
                Claim.MALICIOUS,
                "zz-ghost",
                version,
                at="2026-05-03",
                feed="ghsa-malware",
                record="GHSA-aaaa-bbbb-cccc",
                root="MAL-2026-1",
            )
            for version in ("1", "2", "3")
        ),
    ]

    found = verdicts("zz-ghost", said)

    assert {name: v.state for name, v in found.items()} == {
        "1": VerdictState.MALICIOUS,
        "2": VerdictState.WITHDRAWN,
        "3": VerdictState.MALICIOUS,
    }


@pytest.mark.parametrize(
    ("withdrawn", "state"),
    [
        ((), VerdictState.MALICIOUS),
        (("A-1",), VerdictState.WITHDRAWN),
        (("A-1", "A-2"), VerdictState.WITHDRAWN),
    ],
)
def test_aliases_in_a_circle_end_and_fall_together(
    withdrawn: tuple[str, ...], state: VerdictState
) -> None:
    said = [
        _record(a, b, retracted="2026-05-10" if a in withdrawn else None)
        for a, b in (("A-1", "A-2"), ("A-2", "A-3"), ("A-3", "A-1"))
    ]

    assert verdicts("zz-ghost", said)["1"].state is state


def test_a_record_that_names_itself_as_its_source_stands() -> None:
    assert verdicts("zz-ghost", [_record("A-1", "A-1")])["1"].state is VerdictState.MALICIOUS


def test_a_removal_that_cites_a_withdrawn_record_still_took_place() -> None:
    removed = says(Claim.REMOVED, "zz-ghost", "1", at="2026-05-20", root="MAL-2026-1")

    found = verdicts("zz-ghost", [_record("MAL-2026-1", "kam193", retracted="2026-05-10"), removed])

    assert found["1"].index_state is IndexState.GONE
