"""What is known of hosts before they are crawled, as `forecast` reckons with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.hosts.interface import HostKind
from crawler.hosts.registry import LISTERS, SEARCHERS
from workers.addresses import address
from workers.dispatch.forecast import HostEstimate
from workers.ledger import visit_coverage
from workers.ledger.work_items import WorkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from workers.configured_hosts import ConfiguredHosts
    from workers.runs import Run
    from workers.settings import Settings

__all__ = ["of_hosts"]


def of_hosts(  # noqa: PLR0913, PLR0917 - what a host is, and what is asked of it
    conn: Connection,
    hosts: ConfiguredHosts,
    settings: Settings,
    names: Iterable[str],
    run: Run,
    queries: Callable[[str], int],
) -> tuple[HostEstimate, ...]:
    """Return what is known of the hosts called `names`, of which each gets so many `queries` (code searches).

    Asks nobody, and makes no host. Raises UsageError for a name that is none, and ConfigurationError where the token of
    a host cannot be read.
    """
    found, visited = dict[str, int](), dict[str, int]()
    for row in visit_coverage.coverage(conn):
        found[row.host] = found.get(row.host, 0) + row.repositories
        if row.outcome is not None:
            visited[row.host] = visited.get(row.host, 0) + row.repositories
    return tuple(
        _of_host(
            name, hosts, settings, run, queries(name), found.get(name, 0), visited.get(name, 0)
        )
        for name in names
    )


def _of_host(  # noqa: PLR0913, PLR0917 - what a host is, and what is known of it
    name: str,
    hosts: ConfiguredHosts,
    settings: Settings,
    run: Run,
    queries: int,
    found: int,
    visited: int,
) -> HostEstimate:
    of_it = hosts.settings_of(name) or hosts.named(name).settings
    return HostEstimate(
        host=name,
        address=address(name, settings),
        identity=of_it.identity,
        queries=queries if of_it.kind in SEARCHERS else 0,
        lists=of_it.kind in LISTERS,
        list_resource="graphql" if of_it.kind is HostKind.GITHUB else "api",
        reads_in_batches=hosts.reading(name, run) is WorkKind.READ,
        visited=visited,
        unvisited=found - visited,
    )
