"""`ghostcrawl console`: look at cases and decide about them in a browser on this machine."""

from __future__ import annotations

import click

from workers.cli.session import Session

__all__ = ["console"]

_HIGHEST = 65_535


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, _HIGHEST),
    default=8642,
    show_default=True,
    help="Port of 127.0.0.1; 0 for any that is free.",
)
@click.pass_obj
def console(session: Session, port: int) -> None:
    """Serve pages for a browser on this machine until Ctrl-C; asks nobody.

    The address that it prints holds the token of this start; who has it may decide about cases.
    """
    from workers.console.server import serve

    serve(session.wiring, port, click.echo)
