"""The retro-hunt at the end of a command, and what it says."""

from __future__ import annotations

import click

from workers.cli.session import Session, json_line

__all__ = ["hunt"]


def hunt(session: Session, style: str) -> None:
    """Do every hunt that is due and tell what it changed; `json` goes to stdout."""
    from workers.inline import hunt_all

    hunted = hunt_all(session.wiring)
    if style == "json":
        click.echo(
            json_line(
                {
                    "hunt": hunted.projects,
                    "locks": hunted.locks,
                    "new": hunted.new,
                    "retracted": hunted.retracted,
                }
            )
        )
    else:
        session.say(
            f"retro-hunt: {hunted.projects} changed projects, {hunted.locks} stored locks pin one of "
            f"them, {hunted.new} new findings, {hunted.retracted} taken back"
        )
