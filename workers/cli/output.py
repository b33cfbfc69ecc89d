"""What machines read on stdout: `json` is one document for a command, `jsonl` one object a line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from workers.cli.session import json_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LIST_FORMAT", "SHOWN_FORMAT", "is_text", "print_objects"]

LIST_FORMAT = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "jsonl"]),
    default="table",
    show_default=True,
    help="A table for people, one JSON document, or one JSON object a line.",
)
"""The option of every command that prints a list."""
SHOWN_FORMAT = click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    help="Lines for people, or a JSON object a line. Default: text on a terminal, else json.",
)
"""The option of every command that shows things whole."""


def is_text(style: str | None) -> bool:
    """Say whether SHOWN_FORMAT means text; None is the default."""
    return (style or ("text" if sys.stdout.isatty() else "json")) == "text"


def print_objects(objects: Iterable[object], style: str) -> None:
    """Write `objects` (made of JSON's own types) to stdout, in the `style` json or jsonl."""
    if style == "json":
        click.echo(json_line(list(objects)))
        return
    for one in objects:
        click.echo(json_line(one))
