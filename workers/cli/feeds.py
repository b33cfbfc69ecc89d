"""`ghostcrawl seed` and `ghostcrawl feeds`: learn what was removed, and how fresh that knowledge is."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.errors import ConfigurationError, Defer, FeedError, GiveUp, Retry
from crawler.model import Skipped
from crawler.reporting.text import counted
from feeds.registry import asks_github, is_imported
from workers.cli.feeds_diff import diff
from workers.cli.feeds_freshness import freshness
from workers.cli.feeds_reset import reset
from workers.cli.hunting import hunt
from workers.cli.options import text_or
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.seed_snapshot import export, import_
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeds.interface import Feed
    from workers.monitoring.feed_polls import KnownFeed

__all__ = ["feeds", "seed"]

_PARTIAL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """How one poll ended."""

    code: int
    skipped: tuple[Skipped, ...]
    told: Mapping[str, object]
    """The same for machines."""


@click.group(invoke_without_command=True)
@click.option(
    "--from",
    "sources",
    help="all, or words of the table in docs/feeds.md, several with commas; file:PATH.",
)
@click.option(
    "--accept-change",
    is_flag=True,
    help="Accept a feed update that changes more than 10 % of its records.",
)
@text_or("json", "jsonl")
@click.pass_context
def seed(
    context: click.Context, sources: str | None, style: str, *, accept_change: bool
) -> int | None:
    """Learn what was removed, and why; then hunt for it in the locks that are stored already."""
    if context.invoked_subcommand is None:
        if sources is None:
            msg = "Missing option '--from'."
            raise click.UsageError(msg, context)
        return _ask_all(context.obj, sources, style, accept_change=accept_change)
    if sources is not None:
        msg = f"--from is not an option of seed {context.invoked_subcommand}"
        raise click.UsageError(msg, context)
    return None


def _ask_all(session: Session, sources: str, style: str, *, accept_change: bool) -> int:
    from workers.cli.feeds_sources import planned
    from workers.ledger.left_out import grouped, left_out

    plan = planned(session.wiring, sources)
    asked = [_poll(session, feed, accept_change=accept_change) for feed in plan.feeds]
    hunted = hunt(session)
    skipped = (*plan.skipped, *(one for feed in asked for one in feed.skipped))
    left = grouped(left_out(one.context, "", one.reason, times=one.times) for one in skipped)
    told = [one.told for one in asked]
    if style == "json":
        said = [one.as_json() for one in left]
        click.echo(json_line({"feeds": told, "hunt": hunted, "not_looked_at": said}))
    elif style == "jsonl":
        print_objects([*told, {"hunt": hunted}], style)
    session.say_not_looked_at(left, rest="--format json lists all")
    return _ended(asked)


def _ended(asked: Sequence[_Asked]) -> int:
    """Return 0 where no feed failed, 3 where some did, and the worst of all where every one did."""
    failed = [one.code for one in asked if one.code]
    if len(failed) < len(asked):
        return _PARTIAL if failed else 0
    return max(failed, default=0)


def _poll(session: Session, feed: Feed, *, accept_change: bool) -> _Asked:
    """Ask one feed; what is wrong with it must not keep the others from being asked.

    One that would read a path that does not exist is none: no poll of it is remembered.
    """
    try:
        return _taken(session, feed, accept_change=accept_change)
    except (FeedError, ConfigurationError) as error:
        code, problem, advice = error.exit_code, str(error), "what came before is kept"
    except (Defer, Retry, GiveUp) as error:
        code, problem = _PARTIAL, str(error)
        advice = "what came before is kept, run it again to go on"
    problem = problem.removeprefix(f"{feed.name}: ")
    session.say(f"{feed.name}: {problem}; {advice}")
    told = {"feed": feed.name, "problem": problem, "code": code}
    return _Asked(code=code, skipped=(Skipped(context=feed.name, reason=problem),), told=told)


def _taken(session: Session, feed: Feed, *, accept_change: bool) -> _Asked:
    from workers.cli.inline import turn_of_host

    if is_imported(feed.name) and not Path(feed.name.partition(":")[2]).exists():
        msg = "no such file or folder"
        raise FeedError(msg)
    with ExitStack() as stack:
        github = session.settings.github
        if github and asks_github(feed.name):
            stack.enter_context(turn_of_host(session.wiring, github))
        return _read_to_its_end(session, feed, accept_change=accept_change)


def _read_to_its_end(session: Session, feed: Feed, *, accept_change: bool) -> _Asked:
    from workers.steps.poll import poll

    wiring = session.wiring
    records = changed = 0
    skipped: list[Skipped] = []
    polled = poll(
        wiring.ledger,
        feed,
        wiring.clock,
        accept_change=accept_change,
        protected=wiring.protected,
    )
    for learned in polled:
        records += learned.records
        changed += len(learned.projects)
        skipped += learned.skipped
        done = counted(records, "record")
        if learned.total is not None:
            done = f"{records:,} of {counted(learned.total, 'record')}"
        session.show_progress(f"{feed.name}: {done}", records, learned.total)
    session.say(
        f"{feed.name}: {counted(records, 'record')}, verdicts of {counted(changed, 'project')} changed, "
        f"{len(skipped)} skipped"
    )
    told = {"feed": feed.name, "records": records, "changed": changed, "skipped": len(skipped)}
    return _Asked(code=0, skipped=tuple(skipped), told=told)


@click.group()
def feeds() -> None:
    """Show the feeds, how fresh they are, and where they differ."""


@feeds.command(name="list")
@LIST_FORMAT
@click.pass_obj
def list_(session: Session, style: str) -> None:
    """List the feeds that are configured or have been asked, with the time of the last answer."""
    from workers.monitoring.feed_polls import known_feeds

    wiring = session.wiring
    with wiring.ledger.read() as conn:
        known = known_feeds(conn, wiring.feeds)
    if style != "table":
        print_objects(map(_json, known), style)
        return
    rows = [
        (
            one.poll.feed,
            one.source or "-",
            "never"
            if one.poll.answered_at is None
            else one.poll.answered_at.isoformat(timespec="seconds"),
            one.poll.records,
        )
        for one in known
    ]
    click.echo(table(("feed", "source", "last answer (UTC)", "records"), rows))


def _json(one: KnownFeed) -> Mapping[str, object]:
    answered = one.poll.answered_at
    return {
        "feed": one.poll.feed,
        "source": one.source,
        "checked_at": None if answered is None else answered.isoformat(),
        "records": one.poll.records,
        "problem": one.problem,
    }


seed.add_command(export)
seed.add_command(import_)
feeds.add_command(diff)
feeds.add_command(freshness)
feeds.add_command(reset)
