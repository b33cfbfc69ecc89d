"""What the doctor says of clocks.

Work is due by the clock of the database, budgets go by that of the broker, and a command that asks neither goes
by that of its machine: where two of them differ, waits and ages are wrong by as much.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from workers.cli.doctor_feeds import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["broker_time", "clocks_check"]

_MOST_APART = 5.0
"""Seconds."""


def clocks_check(
    others: Mapping[str, Callable[[], datetime]], own: Callable[[], datetime]
) -> Check:
    """Compare the clock of this machine with those of `others`, by name; raises what asking them raises."""
    apart = {name: _apart(other, own) for name, other in others.items()}
    wrong = [
        f"{name} {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"
        for name, seconds in apart.items()
        if abs(seconds) > _MOST_APART
    ]
    if wrong:
        said = f"clocks differ from this machine's: {', '.join(wrong)}; set all by NTP (`timedatectl set-ntp true`)"
        return Check(what="clocks", fine=False, text=said)
    return Check(what="clocks", fine=True, text=f"as this machine's: {', '.join(apart)}")


def _apart(other: Callable[[], datetime], own: Callable[[], datetime]) -> float:
    """Return the seconds by which `other` is ahead at least, whenever while we asked it looked."""
    before = own()
    theirs = other()
    after = own()
    if theirs > after:
        return (theirs - after).total_seconds()
    return min(0.0, (theirs - before).total_seconds())


def broker_time(answer: tuple[int, int]) -> datetime:
    """Return the moment that the command TIME of Redis and Valkey answers: seconds and microseconds."""
    seconds, microseconds = answer
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)
