from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Assertion, Claim, Verdict, VerdictState
from crawler.verdicts.judge import judge
from tests.unit.verdicts.statements_of import NOW, dist, key, says, vouches

_FILES = st.sampled_from([None, dist("zz-1.tar.gz"), dist("zz-1.tar.gz", blake="a")])


@st.composite
def _assertions(draw: st.DrawFn) -> Assertion:
    claim = draw(st.sampled_from(Claim))
    version = draw(st.sampled_from([None, "1", "2"]))
    day = st.integers(min_value=1, max_value=28)
    return says(
        claim,
        "zz",
        version,
        file=None if version is None else draw(_FILES),
        at=f"2026-05-{draw(day):02}",
        seen=f"2026-06-{draw(day):02}",
        retracted=draw(st.sampled_from([None, None, "2026-07-01"])),
        record=draw(st.sampled_from(["MAL-2026-1", "MAL-2026-2", "17"])),
    )


@st.composite
def _known_files(draw: st.DrawFn) -> Assertion:
    version, digit = draw(st.sampled_from([None, "1", "2"])), draw(st.sampled_from("abc"))
    uploaded = draw(st.sampled_from([None, "2026-05-10T00:00:00Z"]))
    filename = draw(st.sampled_from(["zz-1.tar.gz", "zz-1-py3-none-any.whl", "yy-1.tar.gz"]))
    file = dist(filename, blake=digit, uploaded=uploaded)
    return says(Claim.KNOWN, "zz", version, file=file, at="2026-06-01", feed="archive")


def _accuses(verdict: Verdict) -> bool:
    return verdict.state is VerdictState.MALICIOUS and verdict.explicit


@given(said=st.lists(_assertions(), max_size=12), data=st.data())
def test_the_order_of_statements_does_not_matter(
    said: list[Assertion], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(said))

    assert judge(key("zz"), shuffled, NOW) == judge(key("zz"), said, NOW)


@given(said=st.lists(_assertions(), max_size=12))
def test_without_a_standing_malicious_claim_nothing_is_malicious(said: list[Assertion]) -> None:
    harmless = [a for a in said if a.claim is not Claim.MALICIOUS or a.retracted_at is not None]

    states = {v.state for v in judge(key("zz"), harmless, NOW)}

    assert VerdictState.MALICIOUS not in states


@given(said=st.lists(_assertions(), max_size=12))
def test_every_subject_has_one_verdict_with_a_reason_and_a_source(said: list[Assertion]) -> None:
    found = judge(key("zz"), said, NOW + timedelta(days=1))

    assert len({v.subject for v in found}) == len(found)
    assert all(v.reasons and v.sources for v in found)


@given(said=st.lists(_assertions(), max_size=12), known=st.lists(_known_files(), max_size=4))
def test_what_is_only_known_accuses_no_release_and_no_other_file(
    said: list[Assertion], known: list[Assertion]
) -> None:
    before = {v.subject for v in judge(key("zz"), said, NOW) if _accuses(v)}

    after = [v for v in judge(key("zz"), [*said, *known], NOW) if _accuses(v)]

    versions = {s.version for s in before}
    names = {s.file.filename for s in before if s.file}
    assert {v.subject for v in after if v.subject.file is None} <= before
    files = [v.subject for v in after if v.subject.file and v.subject.file.filename not in names]
    assert {subject.version for subject in files} <= versions


@given(said=st.lists(_assertions(), max_size=12))
def test_a_protected_project_is_malicious_in_listed_parts_only(said: list[Assertion]) -> None:
    found = judge(key("zz"), said, NOW, {key("zz")})

    assert all(v.explicit for v in found if v.state is VerdictState.MALICIOUS)


@given(said=st.lists(_assertions(), max_size=12))
def test_an_allowed_project_is_accused_of_nothing(said: list[Assertion]) -> None:
    found = judge(key("zz"), [*said, vouches("zz", until="2027-01-01")], NOW)

    assert {v.state for v in found} & {
        VerdictState.MALICIOUS,
        VerdictState.QUARANTINED,
        VerdictState.SUSPICIOUS,
    } == set()


@given(said=st.lists(_assertions(), max_size=12))
def test_an_allowance_that_has_run_out_changes_nothing(said: list[Assertion]) -> None:
    found = judge(key("zz"), [*said, vouches("zz", until="2026-11-02")], NOW)

    assert found == judge(key("zz"), said, NOW)


_JOURNALED = (
    *((claim, None) for claim in (Claim.CREATED, Claim.REMOVED, Claim.QUARANTINED)),
    (Claim.QUARANTINE_CLEARED, None),
    *((claim, "1") for claim in (Claim.CREATED, Claim.REMOVED, Claim.YANKED, Claim.UNYANKED)),
    *((claim, "1") for claim in (Claim.QUARANTINED, Claim.QUARANTINE_CLEARED)),
)
_BEGAN = NOW - timedelta(days=100)


def _journal(events: Sequence[tuple[Claim, str | None]], days: Sequence[int]) -> list[Assertion]:
    dates = [(_BEGAN + timedelta(days=day)).isoformat() for day in days]
    return [
        replace(says(claim, "zz", version, at=at, record=str(serial)), sequence=(serial, 0))
        for serial, ((claim, version), at) in enumerate(zip(events, dates, strict=True), start=1)
    ]


@given(
    events=st.lists(st.sampled_from(_JOURNALED), max_size=8),
    accused=st.sampled_from([(), (None,), ("1",)]),
    data=st.data(),
)
def test_dates_of_a_journal_change_nothing_that_its_serials_say(
    events: list[tuple[Claim, str | None]], accused: tuple[str | None, ...], data: st.DataObject
) -> None:
    days = data.draw(st.lists(st.integers(0, 9), min_size=len(events), max_size=len(events)))
    claims = [says(Claim.MALICIOUS, "zz", version, at="2026-11-01") for version in accused]

    told = judge(key("zz"), [*_journal(events, days), *claims], NOW)

    honest = judge(key("zz"), [*_journal(events, range(len(events))), *claims], NOW)
    assert [_dateless(v) for v in told] == [_dateless(v) for v in honest]


def _dateless(verdict: Verdict) -> tuple[object, ...]:
    codes = tuple(reason.code for reason in verdict.reasons)
    return (verdict.subject, verdict.state, verdict.index_state, codes, verdict.sources)
