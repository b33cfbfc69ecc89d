"""However repositories lie in time, windows cover each second once, and none is too full."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crawler.hosts.github.windows import CAP, Window, chosen, rungs

_UNTIL = 3_000_000
_BURSTS = st.lists(
    st.tuples(st.integers(0, _UNTIL), st.integers(1, 2_500), st.integers(1, 200_000)), max_size=6
)


@given(bursts=_BURSTS)
def test_windows_follow_one_another_to_the_end(bursts: list[tuple[int, int, int]]) -> None:
    moments = sorted(
        min(_UNTIL, begun + spread * n // count)
        for begun, count, spread in bursts
        for n in range(count)
    )

    place = Window(first=0, last=-1, stride=_UNTIL)
    windows: list[Window] = []
    asked = 0
    while place.first <= _UNTIL:
        ladder = rungs(place, _UNTIL)
        place = chosen(ladder, [_count(moments, window) for window in ladder])
        asked += 1
        if not place.is_open:
            windows.append(place)
            place = Window(
                first=place.last + 1, last=place.last, stride=place.stride, gap=place.gap
            )

    assert sum(_count(moments, window) for window in windows) == len(moments)
    assert all(one.last < other.first for one, other in pairwise(windows))
    assert all(_count(moments, w) <= CAP or w.seconds == 1 for w in windows)
    assert asked <= 12 * (len(bursts) + 1) + 4 * len(windows)


def _count(moments: list[int], window: Window) -> int:
    return bisect_right(moments, window.last) - bisect_left(moments, window.first)
