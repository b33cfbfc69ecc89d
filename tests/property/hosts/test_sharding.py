"""Dividing a search loses nothing and asks for nothing twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.hosts.github.query import halves
from crawler.model import Query, QueryKind

_SIZES = st.integers(min_value=0, max_value=393_216)


@given(first=_SIZES, second=_SIZES)
def test_halves_cover_the_range_once(first: int, second: int) -> None:
    least, most = sorted((first, second))
    query = Query(kind=QueryKind.DIGEST, text="ab" * 32, narrow=f"size:{least}..{most}")

    ranges = [tuple(map(int, h.narrow[5:].split(".."))) for h in halves(query)]

    assert (ranges == []) is (least == most)
    assert sum(b - a + 1 for a, b in ranges) in {0, most - least + 1}
    assert not ranges or (ranges[0][0], ranges[0][1] + 1, ranges[1][1]) == (
        least,
        ranges[1][0],
        most,
    )
