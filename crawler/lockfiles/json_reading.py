"""How every JSON lock is read: by its parser, and as text where no parser takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crawler.lockfiles.json_document import JsonDocument
from crawler.lockfiles.json_recovery import recovering
from crawler.lockfiles.reading import read
from crawler.model import Ecosystem, ParseResult, Pin, Skipped

__all__ = ["read_json"]

_Interpret = Callable[[JsonDocument, list[Skipped]], Iterable[Pin]]


def read_json(
    data: bytes,
    name: str,
    load: Callable[[str], JsonDocument],
    interpret: _Interpret,
    ecosystem: Ecosystem,
) -> ParseResult:
    """Return what `interpret` finds in the document that `load` makes of `data`; never raises.

    `name` is the id of the format; of a broken document the pins belong to `ecosystem`.
    """
    return read(data, name, load, interpret, recovering(ecosystem))
