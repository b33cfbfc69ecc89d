"""Deltas inside packs. Source: gitformat-pack(5), "Deltified representation"."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.errors import Malformed, TooLarge

__all__ = ["DeltaBudget", "apply_delta", "delta_sizes"]

_CONTINUED = 0x80
_LONGEST_NUMBER = 63
_WHOLE = 0x10000


@dataclass(slots=True)
class DeltaBudget:
    """How many instructions may still be carried out: one byte each makes minutes of a small pack."""

    left: int


def delta_sizes(delta: bytes) -> tuple[int, int]:
    """Return the sizes in bytes of base and result, both as the delta states them."""
    base, position = _number(delta, 0)
    return base, _number(delta, position)[0]


def apply_delta(base: bytes, delta: bytes, steps: DeltaBudget | None = None) -> bytes:
    """Return the result; the caller has checked its size, `steps` is what is left to all deltas.

    Never grows beyond its size. Raises Malformed, and TooLarge where too many steps lead there.
    """
    source, position = _number(delta, 0)
    target, position = _number(delta, position)
    if source != len(base):
        raise Malformed("a delta for another base")
    result = bytearray()
    left = len(delta) if steps is None else steps.left
    try:
        while position < len(delta) and left > 0:
            position = _step(base, delta, position, result)
            left -= 1
            if len(result) > target:
                break
    except IndexError:
        raise Malformed("a delta is cut off") from None
    if steps is not None:
        steps.left = left
    if left == 0 and position < len(delta):
        raise TooLarge("deltas of more instructions than one pack may hold")
    if len(result) != target:
        raise Malformed("a delta does not give the size it states")
    return bytes(result)


def _step(base: bytes, delta: bytes, position: int, result: bytearray) -> int:
    """Carry out the instruction at `position`, return the position of the next one."""
    code = delta[position]
    position += 1
    if code & _CONTINUED:
        offset = size = 0
        for byte in range(4):
            if code & 1 << byte:
                offset |= delta[position] << 8 * byte
                position += 1
        for byte in range(3):
            if code & 0x10 << byte:
                size |= delta[position] << 8 * byte
                position += 1
        size = size or _WHOLE
        if offset + size > len(base):
            raise Malformed("a delta copies from outside its base")
        result += base[offset : offset + size]
        return position
    if code == 0 or position + code > len(delta):
        raise Malformed("a delta with an unknown instruction")
    result += delta[position : position + code]
    return position + code


def _number(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while shift < _LONGEST_NUMBER:
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & ~_CONTINUED) << shift
        shift += 7
        if not byte & _CONTINUED:
            return value, position
    raise Malformed("a delta without its sizes")
