"""The runs of the fuzzer, and what counts as a finding.

A finding is an exception, a run of more than two seconds, a result that contradicts itself, or a lock
"read fully" and not called refused that the reference reader of its syntax refuses: then something was
not seen, and not said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from crawler import lockfiles
from crawler.model import ParseResult, Readable
from tests.hostile.families import Family
from tests.hostile.mutation import Sample, mutant

__all__ = ["BothWays", "Bug", "fuzz"]

_LONGEST_SECONDS = 2.0
"""Of CPU time: a busy machine is no finding."""
_MOST_BUGS = 20
Parse = Callable[[str, bytes], ParseResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """A mutant that a parser did not stand, and the line that makes it again."""

    again: str
    path: str
    what: str
    data: bytes

    def __str__(self) -> str:
        return f"{self.again} ({self.path}): {self.what}\n    {self.data[:300]!r}"


class BothWays:
    """Reads a lock as a whole, and cut into packages that earlier ones may have had; both must agree."""

    def __init__(self) -> None:
        """Begin with no package."""
        self._memo = lockfiles.BlockMemo()

    def __call__(self, path: str, data: bytes) -> ParseResult:
        """Return what `path` pins; raises AssertionError where it depends on what was read before."""
        result = lockfiles.parse(path, data)
        if lockfiles.parse(path, data, self._memo) != result:
            raise AssertionError("cut into packages it pins something else")
        return result


def fuzz(
    family: Family, seed: int, numbers: Iterable[int], parse: Parse = lockfiles.parse
) -> list[Bug]:
    """Give the mutants `numbers` to `parse` and return about 20 findings at most."""
    samples = family.samples()
    bugs: list[Bug] = []
    for number in numbers:
        sample = mutant(family.name, seed, number, samples)
        again = f"mutant({family.name!r}, {seed}, {number}, FAMILIES[{family.name!r}].samples())"
        bugs += [
            Bug(again=again, path=sample.path, what=what, data=sample.data)
            for what in _complaints(family, sample, parse)
        ]
        if len(bugs) >= _MOST_BUGS:
            break
    return bugs


def _complaints(family: Family, sample: Sample, parse: Parse) -> Iterator[str]:
    begun = time.process_time()
    try:
        result = parse(sample.path, sample.data)
    except Exception as error:  # noqa: BLE001 - any of them is the finding
        yield f"{type(error).__name__}: {error}"
        return
    if (seconds := time.process_time() - begun) > _LONGEST_SECONDS:
        yield f"took {seconds:.1f} s"
    yield from _contradictions(result, sample.data)
    unsaid = result.readable is Readable.FULLY and result.refused is None
    if unsaid and (why := family.refuses(sample)) is not None:
        yield f"read fully, but: {why}"


def _contradictions(result: ParseResult, data: bytes) -> Iterator[str]:
    lines = data.count(b"\n") + 1
    if (result.readable is Readable.FULLY) != (not result.skipped):
        yield f"{result.readable} with {len(result.skipped)} skipped"
    if result.readable is Readable.NOT and result.pins:
        yield "not readable, but with pins"
    for pin in result.pins:
        if pin.lines is None or not 1 <= pin.lines.first <= pin.lines.last <= lines:
            yield f"a pin on {pin.lines} of {lines} lines"
            return
