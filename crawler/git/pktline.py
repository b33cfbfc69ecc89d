"""Git's packet lines. Source: gitprotocol-common(5), gitprotocol-v2(5), gitprotocol-pack(5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TypeAlias

from crawler.errors import Malformed, Retry, TooLarge

__all__ = ["DELIM", "FLUSH", "Marker", "Packet", "demultiplexed", "encode", "packets", "printable"]

FLUSH = b"0000"
DELIM = b"0001"
_HEADER = 4
_LENGTH = re.compile(rb"[0-9A-Fa-f]{4}")
_LONGEST_TEXT = 200
_DATA, _PROGRESS, _ERROR = 1, 2, 3


class Marker(Enum):
    """Packets without content."""

    FLUSH = 0
    DELIM = 1
    RESPONSE_END = 2


Packet: TypeAlias = bytes | Marker


def encode(line: str) -> bytes:
    """Return `line` (without its line feed) as one packet."""
    payload = line.encode() + b"\n"
    return b"%04x%b" % (len(payload) + _HEADER, payload)


def packets(chunks: Iterable[bytes]) -> Iterator[Packet]:
    """Split a byte stream into packets; never holds more than one packet and one chunk.

    Raises Malformed where a length is none, and Retry where the stream ends inside a packet.
    """
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        position = 0
        while len(buffer) - position >= _HEADER:
            length = _length(bytes(buffer[position : position + _HEADER]))
            if length < _HEADER:
                yield Marker(length)
                position += _HEADER
                continue
            if len(buffer) - position < length:
                break
            yield bytes(buffer[position + _HEADER : position + length])
            position += length
        del buffer[:position]
    if buffer:
        raise Retry("the answer ends inside a packet")


def _length(digits: bytes) -> int:
    length = int(digits, 16) if _LENGTH.fullmatch(digits) else -1
    if length in {-1, _HEADER - 1}:
        raise Malformed(f"invalid packet length {digits!r}: expected four hexadecimal digits")
    return length


def demultiplexed(stream: Iterable[Packet], text_bytes: int) -> Iterator[bytes]:
    """Yield the pack data of a multiplexed stream up to its flush packet.

    Progress text is dropped and counted. Raises TooLarge beyond `text_bytes` of it, Malformed for an
    unknown band, Retry where the server reports a fatal error or the stream ends too early.
    """
    text = 0
    for packet in stream:
        if isinstance(packet, Marker):
            return
        band = packet[0] if packet else 0
        if band == _DATA:
            yield packet[1:]
        elif band == _PROGRESS:
            text += len(packet)
            if text > text_bytes:
                raise TooLarge(f"more than {text_bytes} bytes of progress text")
        elif band == _ERROR:
            raise Retry(f"the server gave up: {printable(packet[1:])}")
        else:
            raise Malformed(f"band {band} does not exist")
    raise Retry("the pack ends too early")


def printable(text: bytes) -> str:
    """Return what a stranger wrote without anything a terminal or a log could act on."""
    kept = text[:_LONGEST_TEXT].decode("ascii", "replace")
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in kept.strip())
