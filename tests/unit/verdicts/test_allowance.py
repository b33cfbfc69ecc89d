"""What a person vouches for is accused of nothing, until the day that was set."""

from __future__ import annotations

import pytest

from crawler.model import Assertion, Claim, VerdictState
from tests.unit.verdicts.statements_of import codes, day, dist, says, verdicts, vouches

_RECORD = says(Claim.MALICIOUS, "zz-tool", "1.0", at="2026-10-01")


def test_an_allowed_release_says_why_until_when_and_against_whom() -> None:
    found = verdicts("zz-tool", [_RECORD, vouches("zz-tool", "1.0", until="2027-01-01")])

    allowed = found["1.0"]
    assert allowed.state is VerdictState.ALLOWED
    assert allowed.since == day("2026-11-01")
    assert [(r.code, r.text) for r in allowed.reasons] == [
        ("allowed", "A person of this installation vouches for it until 2027-01-01: our own fork")
    ]
    assert [(s.feed, s.record_id) for s in allowed.sources] == [
        ("allow-list", "allow:zz-tool"),
        ("osv-mal", "MAL-2026-1"),
    ]


def test_the_accusation_stands_again_when_the_allowance_has_run_out() -> None:
    said = [_RECORD, vouches("zz-tool", "1.0", until="2027-01-01")]

    before = verdicts("zz-tool", said, now=day("2026-12-31"))
    after = verdicts("zz-tool", said, now=day("2027-01-01"))

    assert before["1.0"].state is VerdictState.ALLOWED
    assert after["1.0"].state is VerdictState.MALICIOUS
    assert codes(after["1.0"]) == ("listed-version",)


def test_an_allowance_is_taken_back_before_its_end() -> None:
    given = vouches("zz-tool", "1.0", until="2027-01-01")
    taken = says(
        Claim.ALLOWED,
        "zz-tool",
        "1.0",
        at="2026-11-01",
        seen="2026-11-10",
        feed="allow-list",
        record="allow:zz-tool",
        retracted="2026-11-10",
    )

    found = verdicts("zz-tool", [given, taken, _RECORD])

    assert found["1.0"].state is VerdictState.MALICIOUS


def test_an_allowance_is_given_longer() -> None:
    given = vouches("zz-tool", "1.0", until="2026-11-15")
    longer = says(
        Claim.ALLOWED,
        "zz-tool",
        "1.0",
        at="2026-11-01",
        seen="2026-11-10",
        feed="allow-list",
        record="allow:zz-tool",
        retracted="2027-11-15",
    )

    assert verdicts("zz-tool", [given, longer, _RECORD])["1.0"].state is VerdictState.ALLOWED


@pytest.mark.parametrize(
    "accusation",
    [
        says(Claim.MALICIOUS, "zz-tool", at="2026-10-01"),
        says(Claim.SUSPICIOUS, "zz-tool", at="2026-10-01"),
        says(Claim.QUARANTINED, "zz-tool", at="2026-10-01"),
    ],
    ids=lambda said: said.claim.value,
)
def test_an_allowed_project_is_accused_of_nothing(accusation: Assertion) -> None:
    file = dist("zz_tool-1.0.tar.gz", blake="a")
    born = says(Claim.CREATED, "zz-tool", "1.0", at="2026-01-01", file=file)

    found = verdicts("zz-tool", [accusation, born, vouches("zz-tool", until="2027-01-01")])

    assert {v.state for v in found.values()} == {VerdictState.ALLOWED}


def test_vouching_for_one_release_leaves_its_neighbours_accused() -> None:
    other = says(Claim.MALICIOUS, "zz-tool", "1.1", at="2026-10-01")

    found = verdicts("zz-tool", [_RECORD, other, vouches("zz-tool", "1.0", until="2027-01-01")])

    assert {name: v.state for name, v in found.items()} == {
        "1.0": VerdictState.ALLOWED,
        "1.1": VerdictState.MALICIOUS,
    }


def test_vouching_for_one_file_leaves_its_release_accused() -> None:
    mine, other = dist("zz_tool-1.0.tar.gz", blake="a"), dist("zz_tool-1.0.zip", blake="b")
    said = [
        says(Claim.MALICIOUS, "zz-tool", "1.0", at="2026-10-01", file=file)
        for file in (mine, other)
    ]

    allowance = vouches("zz-tool", "1.0", until="2027-01-01", file=mine)
    found = verdicts("zz-tool", [_RECORD, *said, allowance])

    assert {name: v.state for name, v in found.items()} == {
        "1.0": VerdictState.MALICIOUS,
        "zz_tool-1.0.tar.gz": VerdictState.ALLOWED,
        "zz_tool-1.0.zip": VerdictState.MALICIOUS,
    }


def test_an_allowance_of_what_nobody_accuses_is_shown() -> None:
    found = verdicts("zz-tool", [vouches("zz-tool", "1.0", until="2027-01-01")])

    assert {name: v.state for name, v in found.items()} == {"1.0": VerdictState.ALLOWED}


def test_a_removal_is_told_although_somebody_vouches() -> None:
    removed = says(Claim.REMOVED, "zz-tool", at="2026-10-01")

    found = verdicts("zz-tool", [removed, vouches("zz-tool", until="2027-01-01")])

    assert found[""].state is VerdictState.REMOVED


def test_no_feed_can_vouch() -> None:
    word = says(
        Claim.ALLOWED,
        "zz-tool",
        "1.0",
        at="2026-11-01",
        feed="file:list.jsonl",
        retracted="2027-01-01",
    )

    assert verdicts("zz-tool", [_RECORD, word])["1.0"].state is VerdictState.MALICIOUS


def test_an_allowance_does_not_stand_behind_the_digest_of_a_file_that_is_accused() -> None:
    mine, other = (dist(f"zz_tool-1.0.{ending}", blake="a") for ending in ("tar.gz", "zip"))
    accused = says(Claim.MALICIOUS, "zz-tool", "1.0", at="2026-10-01", file=other)
    allowance = vouches("zz-tool", "1.0", until="2027-01-01", file=mine)

    found = verdicts("zz-tool", [accused, allowance])["zz_tool-1.0.zip"]

    assert [support.roots for support in found.support] == [("kam193",)]
