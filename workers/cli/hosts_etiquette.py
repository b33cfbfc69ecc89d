"""`ghostcrawl hosts etiquette`: how a host is treated, and by which of its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.hosts.interface import HostKind
from workers.cli.options import TABLE_OR_JSON
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.hosts.interface import Host
    from workers.budget.rates import Rates
    from workers.settings import Settings

__all__ = ["etiquette"]


@click.command()
@click.argument("name")
@TABLE_OR_JSON
@click.pass_obj
def etiquette(session: Session, name: str, style: str) -> None:
    """Show how a host is treated: our User-Agent, the rates we keep to, and its terms."""
    from crawler.net import user_agent

    network = session.settings.network
    agent = user_agent(network.project_url, network.operator)
    host = session.wiring.hosts.named(name)
    rates, terms = (
        _rates(host, session.settings, session.wiring.rates),
        _TERMS.get(host.settings.kind, _UNKNOWN),
    )
    if style == "json":
        said = [{"resource": r, "burst": b, "count": c, "seconds": s} for r, b, c, s in rates]
        click.echo(json_line({"host": name, "user_agent": agent, "rates": said, "terms": terms}))
        return
    click.echo(f"User-Agent: {agent}")
    click.echo(table(("resource", "at once", "and more", "in seconds"), rates))
    click.echo(f"Terms: {terms}")
    click.echo(_ALWAYS)


_ALWAYS = (
    "Always: what its answers say of limits (Retry-After, ratelimit headers) comes before these rates; "
    "one identity has one budget; a host that does not answer is left alone for longer and longer."
)
_TERMS = {
    HostKind.GITHUB: (
        "acceptable use policies 7 let researchers and archivists use information; the terms of "
        "service H forbid to share tokens against rate limits; requests of one identity in series"
    ),
    HostKind.GITLAB: "nothing may be collected for unsolicited messages: reports go to the host",
    HostKind.FORGEJO: "Codeberg asks for fair use, and to be asked for more than that",
    HostKind.BITBUCKET: "60 requests an hour without a token, 1,000 and more with one",
    HostKind.AZURE: "200 TSTU in 5 minutes for an identity",
    HostKind.SOURCEHUT: (
        "robots.txt holds; contact in the User-Agent, a harmless rate, publish the results or ask"
    ),
    HostKind.GITEE: "60 requests a minute without a token",
}
"""What the best-known host of a kind asks for, as of 2026-11 (docs/hosts.md)."""
_UNKNOWN = "not known here; read its robots.txt and its terms, and ask before a large crawl"


def _rates(
    host: Host, settings: Settings, rates: Rates
) -> Sequence[tuple[str, float, float, float]]:
    """Return the rates that hold for the resources of `host`: at once, and more, in seconds."""
    from crawler.hosts.polite import POLITE
    from crawler.net import Bucket
    from workers.addresses import address

    own, kind = host.settings, host.settings.kind
    known = sorted({resource for of, resource, _ in POLITE if of is kind})
    buckets = [Bucket(host=own.name, resource=r, identity=own.identity) for r in known]
    git = Bucket(host=address(own.name, settings), resource="http")
    kept = ((bucket.resource, rates.of(bucket)) for bucket in buckets)
    reads = ("git", rates.of(git))
    return [(name, rate.burst, rate.count, rate.seconds) for name, rate in (*kept, reads)]
