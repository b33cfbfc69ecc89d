from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Assertion, Claim, State, Verdict
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
    return verdict.state is State.MALICIOUS and verdict.explicit


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

    assert State.MALICIOUS not in states


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

    assert all(v.explicit for v in found if v.state is State.MALICIOUS)


@given(said=st.lists(_assertions(), max_size=12))
def test_an_allowed_project_is_accused_of_nothing(said: list[Assertion]) -> None:
    found = judge(key("zz"), [*said, vouches("zz", until="2027-01-01")], NOW)

    assert {v.state for v in found} & {
        State.MALICIOUS,
        State.QUARANTINED,
        State.SUSPICIOUS,
    } == set()


@given(said=st.lists(_assertions(), max_size=12))
def test_an_allowance_that_has_run_out_changes_nothing(said: list[Assertion]) -> None:
    found = judge(key("zz"), [*said, vouches("zz", until="2026-11-02")], NOW)

    assert found == judge(key("zz"), said, NOW)
