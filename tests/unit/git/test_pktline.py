"""Packet lines as git sends them, and as a liar sends them."""

from __future__ import annotations

import pytest

from crawler.errors import Malformed, Retry, TooLarge
from crawler.git.pktline import Marker, demultiplexed, encode, packets, printable


def test_packets_are_found_however_the_stream_is_cut() -> None:
    stream = b"0009hello0000" + b"0001" + b"0004" + b"0006\n\n"

    by_byte = list(packets(stream[n : n + 1] for n in range(len(stream))))

    assert by_byte == [b"hello", Marker.FLUSH, Marker.DELIM, b"", b"\n\n"]
    assert by_byte == list(packets([stream]))


def test_a_line_is_encoded_with_its_length() -> None:
    assert encode("want abc") == b"000dwant abc\n"


@pytest.mark.parametrize("stream", [b"0003", b"zzzz", b"-001", b"+00a", b" 00a", b"0x1a"])
def test_a_length_that_is_none_is_malformed(stream: bytes) -> None:
    with pytest.raises(Malformed):
        list(packets([stream]))


def test_a_stream_that_ends_inside_a_packet_may_be_tried_again() -> None:
    with pytest.raises(Retry):
        list(packets([b"00ffabc"]))


def test_only_the_data_band_comes_out() -> None:
    stream: list[bytes | Marker] = [b"\x01PA", b"\x02counting", b"\x01", b"\x01CK", Marker.FLUSH]

    assert b"".join(demultiplexed(stream, 100)) == b"PACK"


def test_too_much_progress_text_is_too_large() -> None:
    with pytest.raises(TooLarge):
        list(demultiplexed([b"\x02" + b"x" * 60] * 2, 100))


def test_progress_text_is_counted_with_its_band_and_may_be_just_as_long_as_the_limit() -> None:
    at_the_limit: list[bytes | Marker] = [b"\x02" + b"x" * 49] * 2

    assert list(demultiplexed([*at_the_limit, Marker.FLUSH], 100)) == []
    with pytest.raises(TooLarge):
        list(demultiplexed([*at_the_limit, b"\x02", Marker.FLUSH], 100))


def test_a_length_in_capital_letters_is_one_and_the_longest_is_four_digits() -> None:
    stream = b"000Aabcdef" + b"FFFF" + b"x" * 65_531 + b"0002"

    assert list(packets([stream])) == [b"abcdef", b"x" * 65_531, Marker.RESPONSE_END]


def test_an_unknown_band_is_malformed() -> None:
    with pytest.raises(Malformed):
        list(demultiplexed([b"\x04x"], 100))


def test_nothing_a_terminal_acts_on_is_left_in_a_message() -> None:
    assert printable(b" \x1b[31m\x07red\xff\n") == "?[31m?red?"
