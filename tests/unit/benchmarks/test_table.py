from __future__ import annotations

import pytest

from benchmarks.table import Bound, Limit, Row, missed, render

AT_LEAST = Limit(bound=Bound.AT_LEAST, value=0.7)
AT_MOST = Limit(bound=Bound.AT_MOST, value=200)


@pytest.mark.parametrize(
    ("limit", "figure", "met"),
    [
        (AT_LEAST, 0.7, True),
        (AT_LEAST, 0.69, False),
        (AT_MOST, 200.0, True),
        (AT_MOST, 200.1, False),
        (None, 1.0, None),
        (AT_MOST, None, None),
    ],
)
def test_a_limit_is_held_on_its_own_side(
    limit: Limit | None,
    figure: float | None,
    met: bool | None,  # noqa: FBT001 - a column of the table above
) -> None:
    row = Row(what="memory", figure=figure, limit=limit)

    assert row.met is met


def test_the_table_shows_each_row_with_its_limit() -> None:
    rows = [
        Row(
            what="uv", ours="20 MB/s", other="26 MB/s", figure=0.77, limit=AT_LEAST, note="3 files"
        ),
        Row(what="peak", figure=201.0, limit=AT_MOST),
        Row(what="syft", limit=AT_MOST, note="absent"),
    ]

    text = render(rows)

    assert text.splitlines() == [
        "what  ours     other    ratio  limit           note",
        "uv    20 MB/s  26 MB/s  0.77   >= 0.7  met     3 files",
        "peak                    201    <= 200  MISSED",
        "syft                    -      <= 200          absent",
    ]


def test_only_limits_that_were_measured_can_be_missed() -> None:
    rows = [
        Row(what="held", figure=1.0, limit=AT_LEAST),
        Row(what="missed", figure=0.1, limit=AT_LEAST),
        Row(what="absent", limit=AT_LEAST),
        Row(what="free", figure=0.1),
    ]

    assert missed(rows) == 1
