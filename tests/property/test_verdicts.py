from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Assertion, Claim, State
from crawler.verdicts.judge import judge
from tests.unit.verdicts.statements_of import NOW, dist, key, says

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
