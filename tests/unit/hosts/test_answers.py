"""JSON as a host sends it, read into types or refused."""

from __future__ import annotations

import pytest

from crawler.errors import Malformed, Retry
from crawler.hosts.answers import array, document


def test_an_array_is_read_as_one_and_what_is_no_object_in_it_is_none() -> None:
    first, second, third = array(b'[{"id": 1}, 5, {"id": "x"}]', "https://git.example/list")

    assert first is not None
    assert first.number("id") == 1
    assert second is None
    assert third is not None
    with pytest.raises(Malformed, match=r"list\[2\]\.id: expected int, got str"):
        third.number("id")


@pytest.mark.parametrize("body", [b'{"id": 1}', b"5", b"null", b'"[]"'])
def test_another_document_is_no_array(body: bytes) -> None:
    with pytest.raises(Malformed, match="expected a JSON array"):
        array(body, "list")


@pytest.mark.parametrize("body", [b"", b"<html>", b'[], "more": []', b'[]}, {"data": []', b"[] []"])
def test_what_is_no_json_may_come_later(body: bytes) -> None:
    with pytest.raises(Retry, match="expected JSON"):
        array(body, "list")


def test_what_is_nested_too_deep_is_refused() -> None:
    for read, deep in ((array, b"[" * 100_000), (document, b'{"a":' * 100_000)):
        with pytest.raises(Malformed, match="nested too deep"):
            read(deep, "list")
