"""How every YAML lock is read: each document, each value of a repeated key, else line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from crawler.errors import Malformed
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.reading import UNKNOWN, Tool, read
from crawler.lockfiles.documents.recovery import MOST_PINS
from crawler.lockfiles.documents.yaml_document import load
from crawler.lockfiles.documents.yaml_nodes import Places, YamlDocument
from crawler.lockfiles.documents.yaml_recovery import scan, urls
from crawler.model import Ecosystem, LineSpan, ParseResult, Pin, Skipped

__all__ = ["Interpret", "entries", "members", "read_yaml"]

Interpret = Callable[[TableReader, Places], Iterable[Pin]]
"""Makes pins of the root mapping of one document; Malformed where that is of another format."""

_MOST_LISTED = 100


def read_yaml(
    data: bytes, name: str, ecosystem: Ecosystem, interpret: Interpret, tool: Tool = UNKNOWN
) -> ParseResult:
    """Return what `interpret` finds in the documents of `data`; never raises.

    `name` is the id of the format, `ecosystem` that of files whose name does not tell it, `tool` says what
    its tool refuses.
    """
    pins = partial(_pins, interpret)
    return read(data, name, load, pins, partial(_recover, interpret, ecosystem), tool)


def entries(table: TableReader, key: str, places: Places) -> Iterator[tuple[TableReader, LineSpan]]:
    """Yield each table of the sequence at `key` with its lines."""
    values = table.entries(key)
    for number, entry in table.tables(key):
        yield entry, places.item(values, number)


def members(
    table: TableReader, key: str, places: Places
) -> Iterator[tuple[str, TableReader, LineSpan]]:
    """Yield name, table and lines of each entry of the mapping at `key`."""
    around = table.table(key)
    if around is None:
        return
    for name, value in around.values.items():
        if isinstance(value, dict):
            yield name, around.inner(around.at(name[:200]), value), places.lines(value)
        else:
            around.skip(name[:200], "expected table")


def _pins(interpret: Interpret, document: YamlDocument, skipped: list[Skipped]) -> Iterator[Pin]:
    for line, key in document.repeated[:_MOST_LISTED]:
        reason = f"key {key[:80]!r} stands here again; every value was read"
        skipped.append(Skipped(context=f"line {line}", reason=reason))
    if not document.repeated:
        yield from _read_roots(interpret, document, skipped)
        return
    seen: set[Pin] = set()
    for _ in document.rounds():
        for pin in _read_roots(interpret, document, skipped):
            bare = replace(pin, lines=None)
            if bare not in seen:
                seen.add(bare)
                yield replace(pin, flags=(*pin.flags, "conflict"))


def _read_roots(
    interpret: Interpret, document: YamlDocument, skipped: list[Skipped]
) -> Iterator[Pin]:
    """Read every document; one that is of another format is skipped if any other is not."""
    roots = [(n, root) for n, root in enumerate(document.roots) if root is not None]
    foreign: list[Skipped] = []
    for number, root in roots:
        path = f"document[{number}]" if number else ""
        try:
            if not isinstance(root, dict):
                raise Malformed("no mapping")  # noqa: TRY301 - one way out for both reasons
            yield from interpret(
                TableReader(values=root, path=path, skipped=skipped), document.places
            )
        except Malformed as error:
            foreign.append(Skipped(context=path or "document", reason=str(error)))
    if len(foreign) == len(roots):
        raise Malformed(foreign[0].reason if foreign else "no document")
    skipped += foreign


def _recover(interpret: Interpret, ecosystem: Ecosystem, text: str) -> tuple[Pin, ...]:
    """Return what single lines of `text` still say: as a lock of the format, else as URLs."""
    document = scan(text)
    pins: list[Pin] = []
    try:
        pins += islice(_pins(interpret, document, []), MOST_PINS)
    except Malformed:
        pins.clear()
    found = [replace(pin, flags=(*pin.flags, "recovered")) for pin in pins]
    known = {pin.url for pin in found}
    more = (pin for pin in urls(text, ecosystem) if pin.url not in known)
    return (*found, *islice(more, MOST_PINS - len(found)))
