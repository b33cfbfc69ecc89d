"""`ghostcrawl version`."""

from __future__ import annotations

import platform

import click

from crawler import __version__
from workers.cli.options import text_or
from workers.cli.session import json_line

__all__ = ["version"]


@click.command()
@text_or("json")
def version(style: str) -> None:
    """Print the version of ghostcrawl and of Python."""
    if style == "json":
        click.echo(json_line({"ghostcrawl": __version__, "python": platform.python_version()}))
    else:
        click.echo(f"ghostcrawl {__version__} (Python {platform.python_version()})")
