"""A list on a terminal is never wider than it, and nothing of it is lost."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.servers.pseudo_terminal import seen
from workers.cli.terminal import fitted

_cells = st.text(alphabet="ab/.-[]:@\\ \u00e9\u6f22", max_size=120)
_lists = st.integers(1, 8).flatmap(
    lambda columns: st.tuples(
        st.lists(
            st.text(alphabet="abc", min_size=1, max_size=12), min_size=columns, max_size=columns
        ),
        st.lists(st.lists(_cells, min_size=columns, max_size=columns), max_size=4),
    )
)


@given(_lists, st.integers(20, 200))
def test_a_list_of_any_text_fits_any_width_whole(
    shown: tuple[list[str], list[list[str]]], width: int
) -> None:
    headings, rows = shown

    out = seen(fitted(headings, rows, width))

    assert all(cell_len(line) <= width for line in out.splitlines())
    assert not Counter("".join(map("".join, rows))) - Counter(out) - Counter({" ": 10_000})


@given(_lists, st.integers(20, 200))
def test_no_fold_begins_a_command_to_a_runner(
    shown: tuple[list[str], list[list[str]]], width: int
) -> None:
    assert not re.search(r"^\s*::", seen(fitted(*shown, width)), re.MULTILINE)
