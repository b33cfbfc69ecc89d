"""`ghostcrawl pins`: what a lock pins, and how well it could be read."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import UsageError
from crawler.model import Readable, Skipped
from crawler.reporting.text import counted
from workers.cli.output import LIST_FORMAT
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.model import LockBlob, ParseResult, Pin

__all__ = ["parsed_json", "pins"]

_READABLE: Mapping[Readable, bool | str] = {
    Readable.FULLY: True,
    Readable.PARTLY: "partly",
    Readable.NOT: False,
}
_PARTIAL = 3


@click.command()
@click.argument("paths", nargs=-1, required=True)
@LIST_FORMAT
@click.option(
    "--as",
    "name",
    default="uv.lock",
    show_default=True,
    help="File name that stdin (-) stands for.",
)
@click.pass_obj
def pins(session: Session, paths: tuple[str, ...], style: str, name: str) -> int:
    """Show what the locks in PATHS pin (a file, a folder, or - for stdin)."""
    from crawler import lockfiles

    partial = False
    parsed: list[Mapping[str, Any]] = []
    passed: list[Skipped] = []
    for item in _locks(paths, name):
        if isinstance(item, Skipped):
            session.say(f"not looked at: {item.context}: {item.reason}")
            passed.append(item)
            continue
        result = lockfiles.parse(item.path, item.data)
        partial = partial or result.readable is not Readable.FULLY
        match style:
            case "json":
                parsed.append(parsed_json(item.path, result))
            case "jsonl":
                click.echo(json_line(parsed_json(item.path, result)))
            case _:
                _show(session, item.path, result)
    if style == "json":
        left = [{"context": one.context, "reason": one.reason} for one in passed]
        click.echo(json_line({"locks": parsed, "not_looked_at": left}))
    return _PARTIAL if partial or passed else 0


def _locks(paths: tuple[str, ...], name: str) -> Iterator[LockBlob | Skipped]:
    from workers import files

    for path in paths:
        if path == "-":
            yield files.blob_of(name, sys.stdin.buffer.read(files.LARGEST_LOCK + 1))
            continue
        try:
            named = path if len(paths) > 1 else ""
            for found in files.find(Path(path), named=named):
                yield found if isinstance(found, Skipped) else files.read(found)
        except OSError as error:
            msg = f"{path}: {error.strerror}; name a lock, a folder, or - for stdin"
            raise UsageError(msg) from error


def parsed_json(file: str, result: ParseResult) -> Mapping[str, Any]:
    """Return a parsed lock as the JSON object of `pins --format jsonl`."""
    return {
        "file": file,
        "format": result.format,
        "readable": _READABLE[result.readable],
        "pins": [_pin_json(pin) for pin in _of_packages(result)],
        "skipped": [{"context": s.context, "reason": s.reason} for s in result.skipped],
    }


def _of_packages(result: ParseResult) -> Iterator[Pin]:
    """Yield the pins without what a requirements file says of indexes, which stands in the source of each."""
    from crawler.lockfiles import says_of_runs

    return (pin for pin in result.pins if not says_of_runs(pin))


def _pin_json(pin: Pin) -> Mapping[str, Any]:
    hashes: dict[str, list[str]] = defaultdict(list)
    for digest in pin.digests:
        hashes[digest.algorithm.value].append(digest.hex)
    return {
        "name": pin.name,
        "version": pin.version,
        "url": pin.url,
        "filename": pin.filename,
        "hashes": hashes,
        "source": str(pin.origin),
        "lines": None if pin.lines is None else [pin.lines.first, pin.lines.last],
    }


def _show(session: Session, path: str, result: ParseResult) -> None:
    from workers.ledger.left_out import of_skipped

    rows = [
        (
            pin.name or "-",
            pin.version or "-",
            pin.filename or "-",
            next((str(d)[:23] for d in pin.digests), "-"),
            pin.origin.shown,
            "-" if pin.lines is None else f"{pin.lines.first}-{pin.lines.last}",
        )
        for pin in _of_packages(result)
    ]
    click.echo(table(("name", "version", "file", "digest", "source", "lines"), rows))
    session.say(
        f"{path}: {result.format}, {counted(len(rows), 'pin')}, read {result.readable.value}"
    )
    if result.refused is not None:
        session.say(f"{path}: its tool refuses it and installs nothing: {result.refused}")
    session.say_not_looked_at(of_skipped(result.skipped))
