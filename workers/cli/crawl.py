"""`ghostcrawl crawl`: find repositories, read their locks, match. Drives the workers until all is done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TextIO

import click

from crawler.errors import ConfigurationError, FeedError, Stop, UsageError
from crawler.model import Refs, Skipped
from workers.cli.feed_ages import ALLOW_STALE, MAX_FEED_AGE, age_of_feeds
from workers.cli.options import MAX_MINUTES, WORKERS, fail_on
from workers.cli.output import LIST_FORMAT
from workers.cli.run_cluster import finish_command, run_cluster
from workers.cli.session import Session
from workers.ledger.work_items import WorkKind
from workers.runs import Run, Strategy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workers.cli.offering import Lack
    from workers.wiring import Wiring

__all__ = ["crawl"]

_PARTIAL = 3
_KINDS = frozenset(WorkKind) - {WorkKind.POLL, WorkKind.PLAN}
"""What comes again and again is for `run`; a crawl ends."""


@click.command()
@click.argument("hosts", nargs=-1)
@click.option(
    "--strategy",
    "strategies",
    default=",".join(Strategy),
    show_default=True,
    help="code-search, list; with commas.",
)
@click.option(
    "--repos",
    type=click.File("r", encoding="utf-8-sig", errors="replace"),
    help="File with clone URLs, one per line; - for stdin.",
)
@click.option(
    "--owner",
    "owners",
    multiple=True,
    help="Only what this organisation or user has on HOSTS, private repositories too where the token of "
    "the host sees them; may be repeated.",
)
@click.option(
    "--refs",
    type=click.Choice([one.value for one in Refs]),
    default="default",
    show_default=True,
    help="The default branch, all branches, or also tags and pull or merge requests.",
)
@click.option(
    "--depth",
    type=click.Choice(["root", "all"]),
    default="all",
    show_default=True,
    help="What is read over the git protocol: all folders, or only what lies at the root.",
)
@click.option(
    "--pivot/--no-pivot",
    default=True,
    show_default=True,
    help="Look at forks and the owner's other repositories where something new is found.",
)
@MAX_MINUTES
@WORKERS
@fail_on()
@MAX_FEED_AGE
@ALLOW_STALE
@LIST_FORMAT
@click.pass_obj
def crawl(
    session: Session,
    hosts: tuple[str, ...],
    strategies: str,
    repos: TextIO | None,
    owners: tuple[str, ...],
    refs: str,
    depth: str,
    max_minutes: float,
    workers: int,
    fail_on: str,
    max_feed_age: timedelta,
    style: str,
    *,
    pivot: bool,
    allow_stale: bool,
) -> int:
    """Crawl HOSTS (names from the configuration, or all) for repositories that pin removed malware."""
    from workers.cli.offering import offer_hosts, offer_list, offer_owners

    wiring = session.wiring
    chosen = _strategies(strategies)
    at_root = depth == "root"
    run = Run.start(wiring.clock(), Refs(refs), pivot=pivot, root_only=at_root)
    if not hosts and repos is None:
        msg = "name a host, all, or --repos FILE"
        raise UsageError(msg)
    if owners and (not hosts or Strategy.LIST not in chosen):
        msg = "--owner: expected the host, and its list: crawl HOST --owner NAME"
        raise UsageError(msg)
    names = _names(wiring, hosts)
    of_hosts = (
        offer_owners(wiring, names, owners, run)
        if owners
        else offer_hosts(wiring, names, chosen, run)
    )
    listed = None if repos is None else offer_list(wiring, repos.read().splitlines(), run)
    missing = of_hosts.missing
    skipped = [*of_hosts.skipped, *(() if listed is None else listed.skipped)]
    if not of_hosts.asked and (listed is None or not (listed.asked or listed.skipped)):
        raise _nothing_to_do(missing, skipped)
    for lack in missing:
        session.say(lack.text)
    deadline = wiring.clock() + timedelta(minutes=max_minutes)
    kinds = _KINDS if pivot else _KINDS - {WorkKind.PIVOT}
    drained = run_cluster(session, deadline, workers, kinds, run=run.id)
    # A list of URLs may lead to any host, and `all` is what it says.
    only = frozenset(names) if repos is None and "all" not in hosts else frozenset()
    code = finish_command(session, drained, style, fail_on, skipped, kinds, only)
    unusable = _PARTIAL if listed is not None and listed.skipped else 0
    lacking = max((lack.exit_code for lack in missing), default=0)
    code = code if code not in {0, _PARTIAL} else lacking or unusable or code
    return age_of_feeds(session, max_feed_age, code, allow_stale=allow_stale)


def _strategies(text: str) -> Sequence[Strategy]:
    words = [word.strip() for word in text.split(",")]
    unknown = [word for word in words if word not in list(Strategy)]
    if unknown:
        msg = f"unknown strategy {', '.join(unknown)}; there are {', '.join(Strategy)}"
        raise UsageError(msg)
    return [Strategy(word) for word in words]


def _nothing_to_do(missing: Sequence[Lack], skipped: Sequence[Skipped]) -> Stop:
    """Return the error of a crawl that can ask nobody anything: it must not look like a clean one."""
    reasons = [*(lack.text for lack in missing), *(f"{s.context}: {s.reason}" for s in skipped)]
    msg = "nothing to crawl: " + "; ".join(
        reasons or ["neither a configured host nor a list names any repository"]
    )
    unlearned = any(lack.exit_code == FeedError.exit_code for lack in missing)
    return FeedError(msg) if unlearned else ConfigurationError(msg)


def _names(wiring: Wiring, hosts: Sequence[str]) -> Sequence[str]:
    names = [name for word in hosts for name in word.split(",")]
    if names == ["all"]:
        return list(wiring.settings.hosts)
    for name in names:
        wiring.hosts.named(name)
    return names
