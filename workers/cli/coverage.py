"""`ghostcrawl coverage`: per host what was found and visited, what was not, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import UsageError
from crawler.model import Outcome
from crawler.reporting.text import counted, plain
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workers.ledger.budgets import Spending
    from workers.ledger.coverage import HostCoverage, NotCovered
    from workers.ledger.pauses import Pause

__all__ = ["coverage"]

_MOST_REASONS = 15
_SHOWN = tuple(outcome for outcome in Outcome if outcome is not Outcome.DEFERRED)
"""A visit that is deferred is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything that is said of one host."""

    known: HostCoverage
    reasons: Sequence[NotCovered]
    pause: Pause | None
    resting: Sequence[Spending]

    @property
    def state(self) -> Iterator[str]:
        """Say why nothing is asked of it now; nothing where it is at work."""
        if self.pause is not None:
            yield f"paused since {self.pause.since.isoformat(timespec='seconds')}: {self.pause.why}"
        for one in self.resting:
            until = "" if one.blocked_until is None else one.blocked_until.isoformat()
            times = f" after {one.failures} failures in a row" if one.failures else ""
            yield f"{one.bucket.host} ({one.bucket.resource}) rests until {until}{times}: {one.why}"

    @property
    def blind(self) -> Iterator[str]:
        """Say what the way in which it was crawled cannot see."""
        known = self.known
        if known.searched and not known.listed:
            yield (
                "found by code search only: default branches, files below 384 KB, few forks, at most "
                "1,000 hits a query, repositories of late; add --strategy list"
            )
        if not known.searched and not known.listed and known.found:
            yield "only repositories that were named (--repos, --owner) or pushed into the ledger are known"
        if known.at_root:
            yield (
                f"{counted(known.at_root, 'repository', 'repositories')} {'was' if known.at_root == 1 else 'were'} read at the root only; crawl with --depth all, on "
                "GitHub with --branches all"
            )
        if known.default_branch:
            yield f"of {counted(known.default_branch, 'repository', 'repositories')} no branch but the default one was seen"
        if known.disabled:
            yield f"{counted(known.disabled, 'repository', 'repositories')} {'is' if known.disabled == 1 else 'are'} not visited again by themselves: gone or failing"


@click.command()
@click.option("--host", help="Only this one; default: every host of which anything is known.")
@LIST_FORMAT
@click.pass_obj
def coverage(session: Session, host: str | None, style: str) -> None:
    """Show per host what was found, visited, failed and waits, and what was not looked at, and why."""
    shown = [one for one in _shown(session) if host in {None, one.known.host}]
    if host is not None and not shown:
        msg = f"nothing is known of a host {host!r}; `ghostcrawl hosts list` names all"
        raise UsageError(msg)
    if style != "table":
        print_objects(map(_json, shown), style)
        return
    named = ("read" if o is Outcome.VISITED else o.value for o in _SHOWN)
    headings = ("host", "found", "visited", *named, "due", "later")
    click.echo(table(headings, [_row(one.known) for one in shown]))
    for one in shown:
        if one.known.pivoted:
            click.echo(plain(f"{one.known.host}: {one.known.pivoted} found by pivots only"))
        for line in _lines(one):
            click.echo(plain(line))


def _shown(session: Session) -> Iterator[Shown]:
    from workers.addresses import names_of
    from workers.ledger import budgets, pauses
    from workers.ledger import coverage as covered

    wiring = session.wiring
    with wiring.ledger.read() as conn:
        known = covered.of_hosts(conn, wiring.clock())
        reasons = covered.why_not(conn)
        paused = {one.host: one for one in pauses.paused(conn)}
        resting = budgets.blocked(conn, wiring.clock())
    for one in known:
        section = session.settings.hosts.get(one.host)
        names = frozenset({one.host}) if section is None else names_of(one.host, section)
        yield Shown(
            known=one,
            reasons=[reason for reason in reasons if reason.host == one.host],
            pause=paused.get(one.host),
            resting=[usage for usage in resting if usage.bucket.host in names],
        )


def _row(known: HostCoverage) -> Sequence[object]:
    outcomes = [known.outcomes.get(outcome, 0) for outcome in _SHOWN]
    return (known.host, known.found, known.visited, *outcomes, known.due, known.later)


def _lines(one: Shown) -> Iterator[str]:
    said = [
        *(f"now: {text}" for text in one.state),
        *(f"{reason.times} x {reason.reason}" for reason in one.reasons[:_MOST_REASONS]),
        *(f"cannot be seen: {text}" for text in one.blind),
    ]
    if not said:
        return
    yield f"{one.known.host}, not looked at:"
    yield from (f"  {text}" for text in said)
    if len(one.reasons) > _MOST_REASONS:
        yield f"  and {len(one.reasons) - _MOST_REASONS} more reasons; --format json lists all"


def _json(one: Shown) -> Mapping[str, Any]:
    known = one.known
    return {
        "host": known.host,
        "found": known.found,
        "visited": known.visited,
        "outcomes": {outcome.value: count for outcome, count in known.outcomes.items()},
        "due": known.due,
        "later": known.later,
        "disabled": known.disabled,
        "searched": known.searched,
        "listed": known.listed,
        "found_by_pivots": known.pivoted,
        "state": list(one.state),
        "not_looked_at": [
            {
                "reason": r.reason,
                "times": r.times,
                "repositories": r.repositories,
                "known_lock": r.known_lock,
            }
            for r in one.reasons
        ],
        "blind_spots": list(one.blind),
    }
