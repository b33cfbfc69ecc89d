"""How every JSON lock is read: by its parser, and as text where no parser takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crawler.lockfiles.documents.json_document import JsonDocument
from crawler.lockfiles.documents.json_recovery import recovering
from crawler.lockfiles.documents.reading import UNKNOWN, Tool, read
from crawler.model import Ecosystem, ParseResult, Pin, Skipped

__all__ = ["read_json"]

_Interpret = Callable[[JsonDocument, list[Skipped]], Iterable[Pin]]


def read_json(  # noqa: PLR0913, PLR0917 - a format
    data: bytes,
    name: str,
    load: Callable[[str], JsonDocument],
    interpret: _Interpret,
    ecosystem: Ecosystem,
    tool: Tool = UNKNOWN,
) -> ParseResult:
    """Return what `interpret` finds in the document that `load` makes of `data`; never raises.

    `name` is the id of the format, `tool` says what its tool refuses; of a broken document the pins belong
    to `ecosystem`.
    """
    return read(data, name, load, interpret, recovering(ecosystem), tool)
