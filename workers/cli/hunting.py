"""The retro-hunt at the end of a command, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from crawler.reporting.text import counted

if TYPE_CHECKING:
    from workers.cli.session import Session

__all__ = ["hunt"]


def hunt(session: Session) -> Mapping[str, int]:
    """Do every hunt that is due, say what it changed, and return that for machines."""
    from workers.cli.inline import hunt_all

    hunted = hunt_all(session.wiring)
    session.say(
        f"retro-hunt: {counted(hunted.projects, 'changed project')}, {counted(hunted.locks, 'stored lock')} "
        f"{'pins' if hunted.locks == 1 else 'pin'} one of them, {counted(hunted.new, 'new finding')}, {hunted.reopened} reopened, {hunted.retracted} taken back"
    )
    return {
        "projects": hunted.projects,
        "locks": hunted.locks,
        "new": hunted.new,
        "reopened": hunted.reopened,
        "retracted": hunted.retracted,
    }
