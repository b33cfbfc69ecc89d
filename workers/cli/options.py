"""Options that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from crawler.model import Confidence, Ecosystem
from workers.cli.times import MINUTE, Duration

__all__ = ["ECOSYSTEM", "MAX_MINUTES", "TABLE_OR_JSON", "WORKERS", "fail_on", "text_or"]

_F = TypeVar("_F", bound="Callable[..., object]")

ECOSYSTEM = click.option(
    "--ecosystem",
    type=click.Choice([e.value for e in Ecosystem]),
    default="pypi",
    show_default=True,
    help="Where a name without one (pkg:npm/...) belongs.",
)
MAX_MINUTES = click.option(
    "--max-minutes",
    type=Duration(0.1, MINUTE),
    default=60.0,
    show_default=True,
    help="Stop after this many minutes; run the same command again to resume.",
)
TABLE_OR_JSON = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="A table for people, or one JSON document.",
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Processes that read repositories, each of many hosts at once; 0: they run elsewhere.",
)


def fail_on(default: str = "confirmed") -> Callable[[_F], _F]:
    """Return the option that says when findings end a command with 1."""
    return click.option(
        "--fail-on",
        type=click.Choice([*(c.value for c in Confidence), "never"]),
        default=default,
        show_default=True,
        help="End with exit code 1 where a finding is at least this sure; never: do not.",
    )


def text_or(*others: str) -> Callable[[_F], _F]:
    """Return the option for text, or what machines read (`others`)."""
    described = {"json": "one JSON document", "jsonl": "one JSON object a line"}
    return click.option(
        "--format",
        "style",
        type=click.Choice(["text", *others]),
        default="text",
        show_default=True,
        help=f"Text for people, or {' or '.join(described[one] for one in others)}.",
    )
