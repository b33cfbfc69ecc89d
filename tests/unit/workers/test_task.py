from __future__ import annotations

import pytest

from crawler.errors import Malformed
from workers.task import check_arguments


@pytest.mark.parametrize(
    "arguments",
    [(), (1,), ("api", -3), ([[1, 2], [3, 4]],), ("visit", [[2**63 - 1, 0]])],
)
def test_ids_and_short_lists_of_ids_are_accepted(arguments: tuple[object, ...]) -> None:
    check_arguments(arguments, {})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((True,), r"args\[0\]: expected an id, got bool"),
        ((1.5,), r"args\[0\]: expected an id, got float"),
        ((None,), r"args\[0\]: expected an id, got NoneType"),
        (({"a": 1},), r"args\[0\]: expected an id, got dict"),
        (([1, [2, {}]],), r"args\[0\]\[1\]\[1\]: expected an id, got dict"),
        (([[[1]]],), r"args\[0\]\[0\]\[0\]: out of bounds"),
        ((2**63,), r"args\[0\]: out of bounds"),
        (("x" * 201,), r"args\[0\]: out of bounds"),
        (("\x1b]52;",), r"args\[0\]: out of bounds"),
        (([1] * 201,), r"args\[0\]: out of bounds"),
        ((1,) * 9, "at most 8 arguments, got 9"),
    ],
)
def test_anything_else_is_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        check_arguments(arguments, {})


def test_named_arguments_are_refused() -> None:
    with pytest.raises(Malformed, match="no named arguments, got 1"):
        check_arguments((), {"url": "x"})
