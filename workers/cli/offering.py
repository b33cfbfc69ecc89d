"""What a crawl asks: searches and lists of hosts, visits of listed repositories, and what that lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler import pipeline
from crawler.errors import ConfigurationError, FeedError
from crawler.hosts.forge import Forge
from crawler.hosts.interface import Lister, OwnerLister, Searcher
from crawler.hosts.registry import LISTED_BY_TOKEN, OWNERS_BY_TOKEN, SEARCHED_BY_TOKEN
from crawler.model import Skipped
from workers.ledger import verdicts, work
from workers.ledger.work_items import OF_OWNERS
from workers.runs import Run, Strategy, Way
from workers.steps.lock_digests import files_from_locks
from workers.steps.search import Look, list_item, search_item, visit_items
from workers.targets import repositories_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from crawler.hosts.interface import Host, HostKind
    from crawler.model import Query
    from workers.ledger.work_items import WorkItem
    from workers.wiring import Wiring

__all__ = ["Lack", "Offered", "offer_hosts", "offer_list", "offer_owners", "without_token"]

_NO_LIST = "the host does not list its repositories; give their URLs with --repos"
_NOT_CONFIGURED = (
    "not configured: `ghostcrawl hosts add {name} --kind KIND --write`, or give URLs with --repos"
)
_SEARCH_ALONE = (
    "only what code search shows: not locks of 384 KB and more, other branches, most forks; "
    "add --strategy list"
)
_NO_OWNERS = "a host of this kind does not list what an owner has; give the URLs of its repositories with --repos"
_PUBLIC_ALONE = "only public repositories: no token of this host is set, or git takes none there"
_NO_SEARCH = "the host has no code search; add --strategy list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What a person has to set or learn before a host can be asked."""

    text: str
    """What is missing, and what to do."""
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What was put into the queue, and what was not."""

    asked: int
    """Searches, lists and visits."""
    skipped: Sequence[Skipped]
    """What a host cannot do, and lines that name no repository."""
    missing: Sequence[Lack] = ()


_NOTHING_KNOWN = Lack(
    text="nothing is known to search for; run seed --from all", exit_code=FeedError.exit_code
)


def offer_hosts(
    wiring: Wiring, names: Sequence[str], strategies: Sequence[Strategy], run: Run
) -> Offered:
    """Put the searches and lists of the hosts `names` into the queue, where there is all they need."""
    now = wiring.clock()
    hosts = {name: wiring.hosts.named(name) for name in names}
    searched = Strategy.CODE_SEARCH in strategies
    is_asked = searched and any(isinstance(host, Searcher) for host in hosts.values())
    queries = _queries(wiring) if is_asked else ()  # of all verdicts, which takes long
    items: list[WorkItem] = []
    missing: list[Lack] = []
    skipped: list[Skipped] = []
    for name, host in hosts.items():
        if searched and isinstance(host, Searcher):
            lack = [*without_token(wiring, name, SEARCHED_BY_TOKEN, "code search")]
            lack += [] if queries else [_NOTHING_KNOWN]
            items += [] if lack else [search_item(name, query, run, now) for query in queries]
            missing += lack
        if Strategy.LIST in strategies and isinstance(host, Lister):
            lack = [*without_token(wiring, name, LISTED_BY_TOKEN, "its list of repositories")]
            items += [] if lack else [list_item(name, run, now)]
            missing += lack
        skipped += _unseen(wiring, name, host, strategies)
    wiring.ledger.transaction(lambda conn: work.offer(conn, items, now))
    return Offered(asked=len(items), skipped=skipped, missing=list(dict.fromkeys(missing)))


def offer_owners(wiring: Wiring, names: Sequence[str], owners: Sequence[str], run: Run) -> Offered:
    """Put the lists of what `owners` have on the hosts `names` into the queue, private repositories too.

    A host that cannot be asked so is skipped, and said.
    """
    now = wiring.clock()
    items: list[WorkItem] = []
    missing: list[Lack] = []
    skipped: list[Skipped] = []
    for name in names:
        host = wiring.hosts.named(name)
        if not isinstance(host, OwnerLister):
            skipped.append(Skipped(context=name, reason=_NO_OWNERS))
            continue
        if lack := list(without_token(wiring, name, OWNERS_BY_TOKEN, "the list of an owner")):
            missing += lack
            continue
        if not (isinstance(host, Forge) and host.reads_private):
            skipped.append(Skipped(context=name, reason=_PUBLIC_ALONE))
        for owner in dict.fromkeys(owners):
            look = Look(name=f"{OF_OWNERS} {run.id}|{owner}", way=Way.OWNERS, owner=owner)
            items.append(list_item(name, run, now, look=look))
    wiring.ledger.transaction(lambda conn: work.offer(conn, items, now))
    return Offered(asked=len(items), skipped=skipped, missing=missing)


def _queries(wiring: Wiring) -> Sequence[Query]:
    with wiring.ledger.read() as conn:
        judged = list(verdicts.targets(conn))
        targets = pipeline.plan(judged, files_from_locks(conn, judged, wiring.registries))
    return list(dict.fromkeys(query for target in targets for query in target.queries))


def without_token(
    wiring: Wiring, name: str, kinds: frozenset[HostKind], what: str
) -> Iterator[Lack]:
    """Say that a host of `kinds` lacks its token."""
    settings = wiring.hosts.settings_of(name)
    if settings is None or settings.kind not in kinds or settings.current_token() is not None:
        return
    section = wiring.settings.hosts[name]
    where = section.token_env or f'token_env or token_file of [hosts."{name}"]'
    text = f"{name}: no token; set {where}: {what} needs one"
    yield Lack(text=text, exit_code=ConfigurationError.exit_code)


def _unseen(
    wiring: Wiring, name: str, host: Host, strategies: Sequence[Strategy]
) -> Iterator[Skipped]:
    if name not in wiring.settings.hosts:
        yield Skipped(context=name, reason=_NOT_CONFIGURED.format(name=name))
    elif not isinstance(host, Lister):
        yield Skipped(context=name, reason=_NO_LIST)
    elif Strategy.LIST not in strategies:
        alone = isinstance(host, Searcher)
        yield Skipped(context=name, reason=_SEARCH_ALONE if alone else _NO_SEARCH)


def offer_list(wiring: Wiring, lines: Sequence[str], run: Run) -> Offered:
    """Put visits of listed repositories into the queue; lines that name none are skipped."""
    found, skipped = repositories_of(wiring, lines)
    now = wiring.clock()

    def offer(conn: Connection) -> None:
        for repositories in found.values():
            reading = wiring.hosts.reading
            visits = visit_items(conn, repositories, reading, run, now, Way.REPOS)
            work.offer(conn, visits, now)

    wiring.ledger.transaction(offer)
    return Offered(asked=sum(map(len, found.values())), skipped=skipped)
