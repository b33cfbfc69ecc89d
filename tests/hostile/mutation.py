"""Locks made wrong on purpose: a plain seeded mutator over good samples, the same for ever.

Each mutant has a generator of its own, seeded by family, seed and number, so that one line of a
failure message makes it again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Sample", "mutant"]

_LONGEST = 8192
"""Bytes; more would only be slow: size is the business of the corpus."""
_TOKEN = re.compile(rb"[A-Za-z0-9_+-]+|[^\sA-Za-z0-9_+-]")
_ODD_BYTES = b"\x00\n\r\t \"'\\[]{}(),:;=#&*!|>%@`?-.~<\x7f\x80\xc2\xe2\xff\xf0\x1b"
_ODD_TOKENS = (
    b"", b"null", b"true", b"NaN", b"-0", b"1e999999", b"9" * 1200, b"0x" + b"f" * 1200,
    b'"\\u0000"', b'"\\ud800"', b'"\\U0010ffff"', b"'''", b'"""', b"[[package]]", b"[package]",
    b"[metadata.files]", b"[" * 300, b"{" * 300, b'{"a":' * 300, b"- " * 300, b"? " * 300, b"a." * 70,
    b"<<: *a", b"&a [*a]", b"!!python/object:a.B {}", b"%YAML 1.1\n", b"---\n", b"...\n", b"\xef\xbb\xbf",
    b"\xe2\x80\xa8", b"\xc2\x85", b"\xe2\x84\xaaeras", b"<<<<<<< a\n", b"=======\n", b">>>>>>> b\n",
    b"2026-13-41T99:99:99Z", b"../../x-1.0.tar.gz", b"sha256:", b"sha512-", b"==", b"!=", b" @ file:",
    b"\\\n", b"--hash=", b"-r ", b"${A}", b"%2F", b"%ZZ", b"//", b"/*", b"\x1b[2J", b"~> ", b"{}", b"[]",
)  # fmt: skip
_MOST_CHANGES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A lock to start from; `path` chooses the parser."""

    path: str
    data: bytes


def mutant(family: str, seed: int, number: int, samples: Sequence[Sample]) -> Sample:
    """Return mutant `number` of `family`: one of `samples` with one to four changes."""
    chance = random.Random(f"{family}:{seed}:{number}")
    sample = chance.choice(samples)
    data = sample.data
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        data = chance.choice(_CHANGES)(chance, data, samples)[:_LONGEST]
    return Sample(path=sample.path, data=data)


_Change = Callable[[random.Random, bytes, Sequence[Sample]], bytes]


def _span(chance: random.Random, data: bytes, longest: int = 200) -> tuple[int, int]:
    start = chance.randint(0, len(data))
    return start, min(len(data), start + chance.randint(0, longest))


def _flip(chance: random.Random, data: bytes, _: Sequence[Sample]) -> bytes:
    at = chance.randrange(len(data) or 1)
    flipped = bytes(byte ^ (1 << chance.randrange(8)) for byte in data[at : at + 1])
    return data[:at] + flipped + data[at + 1 :]


def _set(chance: random.Random, data: bytes, _: Sequence[Sample]) -> bytes:
    at = chance.randrange(len(data) or 1)
    return data[:at] + bytes([chance.choice(_ODD_BYTES)]) + data[at + chance.randint(0, 1) :]


def _truncate(chance: random.Random, data: bytes, _: Sequence[Sample]) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] if chance.random() < 0.7 else data[at:]


def _delete(chance: random.Random, data: bytes, _: Sequence[Sample]) -> bytes:
    start, end = _span(chance, data, 60)
    return data[:start] + data[end:]


def _duplicate(chance: random.Random, data: bytes, _: Sequence[Sample]) -> bytes:
    start, end = _span(chance, data)
    return data[:end] + data[start:end] * chance.choice((1, 1, 2, 30)) + data[end:]


def _splice(chance: random.Random, data: bytes, samples: Sequence[Sample]) -> bytes:
    other = chance.choice(samples).data
    start, end = _span(chance, other, len(other))
    at, until = _span(chance, data)
    return data[:at] + other[start:end] + data[chance.choice((at, until)) :]


def _lines(chance: random.Random, data: bytes, _: Sequence[Sample]) -> bytes:
    """Repeat, drop or swap whole lines: what stays is often valid, and then says another thing."""
    lines = data.splitlines(keepends=True) or [b""]
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            lines.insert(other, lines[one])
        case 1:
            del lines[one]
        case 2:
            lines[one] = lines[one].replace(b"  ", b"\t" if chance.random() < 0.3 else b" ", 1)
        case _:
            lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _swap(chance: random.Random, data: bytes, samples: Sequence[Sample]) -> bytes:
    """Put another token, of a lock or an odd one, in the place of a token."""
    tokens = list(_TOKEN.finditer(data))
    if not tokens:
        return data
    place = chance.choice(tokens)
    if chance.random() < 0.5:
        new = chance.choice(_ODD_TOKENS)
    else:
        other = chance.choice(tokens)
        new = data[other.start() : chance.choice((other.end(), other.end(), other.end() + 12))]
    return data[: place.start()] + new + data[place.end() :]


def _insert(chance: random.Random, data: bytes, _: Sequence[Sample]) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(_ODD_TOKENS) + data[at:]


_CHANGES: tuple[_Change, ...] = (
    _flip,
    _set,
    _truncate,
    _delete,
    _duplicate,
    _splice,
    _lines,
    _lines,
    _swap,
    _swap,
    _insert,
)
