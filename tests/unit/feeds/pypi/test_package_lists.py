from __future__ import annotations

import json
import tracemalloc
import xmlrpc.client
from collections.abc import Iterator

import pytest

from crawler.errors import Defer, FeedError, Malformed
from feeds.pypi.json_names import names_in_json
from feeds.pypi.xml_names import names_in_xml

URL = "https://index.example/simple/"
XML = xmlrpc.client.dumps(({"zz-one": 1, "zz-&two": 2},), methodresponse=True).encode()
JSON = b'{"meta": {"api-version": "1.4"}, "projects": [{"name": "a"}, {"name": "b"}], "x": 1.5}'


def bits(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def fault(text: str) -> bytes:
    return xmlrpc.client.dumps(xmlrpc.client.Fault(-32500, text), methodresponse=True).encode()


@pytest.mark.parametrize("size", [1, 2, 7, 100_000])
def test_names_are_read_however_the_answer_is_cut(size: int) -> None:
    from_xml = list(names_in_xml(bits(XML, size), "feed"))
    from_json = list(names_in_json(bits(JSON, size), URL))

    assert from_xml == ["zz-one", "zz-&two"]
    assert from_json == ["a", "b"]


@pytest.mark.parametrize("kept", range(1, len(JSON)))
def test_a_json_list_is_refused_wherever_it_ends(kept: int) -> None:
    with pytest.raises(Malformed):
        list(names_in_json([JSON[:kept]], URL))


@pytest.mark.parametrize("kept", range(0, len(XML.rstrip()), 3))
def test_an_xml_list_is_refused_wherever_it_ends(kept: int) -> None:
    with pytest.raises(Malformed):
        list(names_in_xml([XML[:kept]], "feed"))


@pytest.mark.parametrize(
    "document",
    [
        b"[]",
        b"{}",
        b'{"projects": {}}',
        b'{"projects": [1]}',
        b'{"projects": [{"name": 1}]}',
        b'{"projects": [{}]}',
        b'{"projects": [{"name": "a"},]}',
        b'{"projects": [{"name": "a"} {"name": "b"}]}',
        b'{"projects": []} {"projects": []}',
        b'{"projects": [], "projects": []}',
        b'{"meta": {}}',
        b'{"projects": [{"name": "' + b"a" * 100_000 + b'"}]}',
        b'{"meta": ' + b"[" * 50_000,
        b'{"projects": [' + b" " * 300_000,
        b'{"projects": [{"name": "\xff"}]}',
    ],
)
def test_other_json_is_refused(document: bytes) -> None:
    with pytest.raises(Malformed):
        list(names_in_json([document], URL))


@pytest.mark.parametrize(
    "document",
    [
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><methodResponse>&b;</methodResponse>",
        b"<methodResponse><![CDATA[x]]></methodResponse>",
        b"<a>" * 100,
        b"<methodResponse><name>" + b"a" * 10_000 + b"</name></methodResponse>",
        b"<?xml version='1.0' encoding='utf-16'?><methodResponse>\xff\xfe</methodResponse>",
        b"<a></a><b></b>",
        b"{}",
    ],
)
def test_xml_with_tricks_is_refused(document: bytes) -> None:
    with pytest.raises(Malformed):
        list(names_in_xml([document], "feed"))


def test_names_elsewhere_in_the_answer_are_no_projects() -> None:
    values = ({"zz": {"inner": 1}}, [{"listed": 1}])
    document = f"<methodResponse>{xmlrpc.client.dumps(values)}</methodResponse>".encode()

    assert list(names_in_xml([document], "feed")) == ["zz"]


def test_a_fault_that_asks_to_wait_is_waited_for() -> None:
    answer = fault(
        "HTTPTooManyRequests: The action could not be performed. Limit may reset in 42 seconds."
    )

    with pytest.raises(Defer) as caught:
        list(names_in_xml([answer], "feed"))

    assert caught.value.seconds == 42


def test_another_fault_is_told() -> None:
    with pytest.raises(
        FeedError, match=r"feed: the list of packages was refused: .*no such method"
    ):
        list(names_in_xml([fault("no such method")], "feed"))


def test_a_long_list_takes_little_memory() -> None:
    entry = json.dumps({"name": "zz-0123456789", "_last-serial": 1}).encode() + b","
    chunks = (b'{"projects": [', *(entry * 1000 for _ in range(100)), b'{"name": "z"}]}')
    tracemalloc.start()

    count = sum(1 for _ in names_in_json(iter(chunks), URL))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 100_001
    assert peak < 2_000_000
