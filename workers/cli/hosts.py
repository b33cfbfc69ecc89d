"""`ghostcrawl hosts`: which hosts there are, whether they answer, and when to leave them alone."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import click

from crawler.errors import ConfigurationError, Defer, GhostcrawlError, Retry, Stop
from crawler.reporting.text import counted
from workers.cli.hosts_add import add
from workers.cli.hosts_etiquette import etiquette
from workers.cli.hosts_pause import pause, resume
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table

if TYPE_CHECKING:
    from crawler.hosts.interface import Host

__all__ = ["hosts"]

_PARTIAL = 3


@click.group()
def hosts() -> None:
    """Show, add and test hosts, and pause those that are to be left alone."""


@hosts.command(name="list")
@LIST_FORMAT
@click.pass_obj
def list_(session: Session, style: str) -> None:
    """List the hosts that are configured or known, and whether they are paused."""
    from workers.ledger import coverage, pauses

    with session.wiring.ledger.read() as conn:
        found = {one.host: one.found for one in coverage.of_hosts(conn, session.wiring.clock())}
        paused = {one.host: one for one in pauses.paused(conn)}
    configured = session.settings.hosts
    all_paused = paused.pop(pauses.ALL_HOSTS, None)
    if all_paused is not None:
        session.say(all_paused.told)
    rows = []
    for name in sorted({*configured, *found, *paused}):
        section = configured.get(name)
        kind = "git" if section is None else section.kind.value
        address = f"https://{name}" if section is None else section.web_url
        pause = paused.get(name, all_paused)
        state = "in use" if pause is None else f"paused: {pause.why}"
        token = "-" if section is None else _token(section.host(name).current_token())
        rows.append((name, kind, address, token, found.get(name, 0), state))
    if style != "table":
        print_objects((dict(zip(_KEYS, row, strict=True)) for row in rows), style)
        return
    click.echo(table(("host", "kind", "address", "token", "repositories", "state"), rows))


_KEYS = ("host", "kind", "web_url", "token", "repositories", "state")


def _token(token: str | None) -> str:
    return "not set" if token is None else "set"


@hosts.command()
@click.argument("name")
@click.pass_obj
def test(session: Session, name: str) -> int:
    """Ask a host one harmless question: the first page of its list, or its front page."""
    from crawler.hosts.registry import LISTED_BY_TOKEN
    from workers.cli.offering import without_token

    host = session.wiring.hosts.named(name)
    for lack in without_token(session.wiring, name, LISTED_BY_TOKEN, "its list of repositories"):
        raise ConfigurationError(lack.text)
    try:
        click.echo(f"{name}: {_answer(session, host)}")
    except Stop:
        raise
    except Defer as error:
        session.say(f"{name}: must not be asked now: {error}")
        return _PARTIAL
    except GhostcrawlError as error:
        session.say(f"{name}: {str(error).removeprefix(f'{name}: ')}")
        return _PARTIAL
    return 0


def _answer(session: Session, host: Host) -> str:
    """Ask, and say what came; raises what the host or the client raises."""
    from crawler.hosts.interface import Lister
    from crawler.net import Bucket

    if isinstance(host, Lister):
        page = host.list(None)
        more = "no more" if page.next_cursor is None else "more"
        return f"answers: {counted(len(page.repositories), 'repository', 'repositories')} on the first page, and {more}"
    settings = host.settings
    answer = session.wiring.governed_http.request(
        "HEAD", f"{settings.web_url}/", bucket=Bucket(host=settings.name, resource="web")
    )
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Retry(f"{answer.url} answered {answer.status}")
    return f"answers with status {answer.status}"


for _command in (add, etiquette, pause, resume):
    hosts.add_command(_command)
