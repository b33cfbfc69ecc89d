"""Whatever the bytes are, only the errors of the house come out of the git parsers."""

from __future__ import annotations

import zlib
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import GhostcrawlError
from crawler.git.delta import apply_delta
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType, parse_tree
from crawler.git.pack import unpack
from crawler.git.pktline import packets
from crawler.git.urls import parse_repository_url
from tests.servers.packs import entry, header, pack

LIMITS = Limits(object_bytes=10_000, inflated_bytes=50_000, objects=50)


@given(st.lists(st.tuples(st.sampled_from(list(ObjectType)), st.binary(max_size=300)), max_size=10))
def test_every_object_of_a_pack_comes_out_as_it_went_in(
    objects: list[tuple[ObjectType, bytes]],
) -> None:
    data = pack([entry(kind, content) for kind, content in objects])

    assert [(raw.kind, raw.data) for raw in unpack([data], LIMITS)] == objects


@given(
    st.lists(st.tuples(st.integers(0, 7), st.binary(max_size=60), st.binary(max_size=30))),
    st.integers(0, 60),
)
def test_a_hostile_pack_ends_in_an_error_of_the_house(
    entries: list[tuple[int, bytes, bytes]], count: int
) -> None:
    made = [header(code, len(c)) + base + zlib.compress(c) for code, c, base in entries]

    with suppress(GhostcrawlError):
        for raw in unpack([pack(made, count=count)], LIMITS):
            assert len(raw.data) <= 10_000


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_hostile_delta_ends_in_an_error_of_the_house(base: bytes, delta: bytes) -> None:
    with suppress(GhostcrawlError):
        assert len(apply_delta(base, delta)) <= len(base) * len(delta) + len(delta)


@given(st.binary(max_size=300))
def test_hostile_trees_and_packets_end_in_an_error_of_the_house(data: bytes) -> None:
    for parse in (lambda: list(parse_tree(data)), lambda: list(packets([data]))):
        with suppress(GhostcrawlError):
            parse()


@given(st.text(max_size=80))
def test_no_text_makes_a_url_that_is_not_https(text: str) -> None:
    for url in (text, f"https://{text}", f"https://git.example/{text}"):
        try:
            parsed = parse_repository_url(url)
        except GhostcrawlError:
            continue
        assert str(parsed).startswith("https://")
        assert str(parsed).isascii()
