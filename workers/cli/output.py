"""What machines read on stdout: `json` is one document for a command, `jsonl` one object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workers.cli.session import json_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LIST_FORMAT", "print_objects"]

LIST_FORMAT = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "jsonl"]),
    default="table",
    show_default=True,
    help="A table for people, one JSON document, or one JSON object a line.",
)
"""The option of every command that prints a list."""


def print_objects(objects: Iterable[object], style: str) -> None:
    """Write `objects` (made of JSON's own types) to stdout, in the `style` json or jsonl."""
    if style == "json":
        click.echo(json_line(list(objects)))
        return
    for one in objects:
        click.echo(json_line(one))
