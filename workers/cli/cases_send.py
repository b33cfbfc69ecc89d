"""`ghostcrawl cases open`, `send` and `reminder`: how a report reaches whom it is for; a person says so each time."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

import click

from crawler.errors import ConfigurationError, UsageError
from crawler.reporting.interface import mail_address
from crawler.reporting.text import plain
from workers.cli.session import Session
from workers.grounds import label

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.steps.drafting import Drafts
    from workers.steps.sending import Outgoing
    from workers.wiring import Wiring

__all__ = ["open_", "reminder", "send"]


@click.command(name="open")
@click.argument("case_id", metavar="ID")
@click.option("--print", "only_print", is_flag=True, help="Print the address of the form instead.")
@click.pass_obj
def open_(session: Session, case_id: str, *, only_print: bool) -> None:
    """Open the form of the host in the browser, filled in for the repository of a lure."""
    from workers.ledger import cases
    from workers.steps.sending import form_of, letter_of

    wiring = session.wiring
    wiring.follow_cases()
    with wiring.ledger.read() as conn:
        one = cases.named(conn, case_id)
        made = _drafts(wiring, conn)
        _, group = letter_of(one, made)
    form = form_of(one, group, made)
    if only_print:
        click.echo(plain(form))
    elif not webbrowser.open(form):
        raise ConfigurationError("no browser was found; use --print")
    session.say(
        f"nothing was sent: paste the letter that `report` writes, send the form, then note it with "
        f"`cases reported {one.key} --channel form`"
    )


@click.command()
@click.argument("case_id", metavar="ID")
@click.option(
    "--to",
    help="Mail address of the recipient. Default: that of the host's desk, where it is known; of owners none is.",
)
@click.option("--really", is_flag=True, help="Send it, once.")
@click.option(
    "--operator",
    help="Who sends it, by a label such as that of a team; it is kept in the log, so never a person's name.",
)
@click.pass_obj
def send(
    session: Session, case_id: str, to: str | None, operator: str | None, *, really: bool
) -> None:
    """Show the mail about a case; with --really, send it: of a lure the letter, of a victim the notice."""
    from workers.ledger import cases
    from workers.steps.sending import Sender, outgoing

    if to is not None and mail_address(to) is None:
        msg = f"--to {to!a}: expected one mail address, name@domain"
        raise UsageError(msg)
    wiring = session.wiring

    def compose(conn: Connection) -> Outgoing:
        return outgoing(conn, cases.named(conn, case_id), _drafts(wiring, conn), to)

    wiring.follow_cases()
    if not really:
        with wiring.ledger.read() as conn:
            _show(session, compose(conn), _address(wiring))
        return
    by = label(operator or "", "--operator")
    if not by:
        raise UsageError("say who sends it: --operator LABEL")
    sender = Sender(
        ledger=wiring.ledger,
        server=wiring.mail_server(),
        address=_address(wiring),
        clock=wiring.clock,
        policy=wiring.case_policy,
    )
    sent = sender.send(compose, by)
    keys = ", ".join(one.key for one in sent.cases)
    session.say(f"sent to {sent.mail['To']} as {sent.mail['Message-ID']}: case {keys} is reported")


@click.command()
@click.argument("case_id", metavar="ID")
@click.pass_obj
def reminder(session: Session, case_id: str) -> None:
    """Print a reminder of the report of a lure that nobody has answered; nothing is sent."""
    from workers.ledger import cases
    from workers.steps.sending import reminder_of

    wiring = session.wiring
    wiring.follow_cases()
    with wiring.ledger.read() as conn:
        text = reminder_of(cases.named(conn, case_id), _drafts(wiring, conn))
    click.echo(plain(text, keep="\n"), nl=False)


def _drafts(wiring: Wiring, conn: Connection) -> Drafts:
    from workers.steps.drafting import drafts

    return drafts(conn, wiring.edition(wiring.clock()), wiring.protected)


def _address(wiring: Wiring) -> str:
    """Return where mails come from; answers have to reach somebody, so there is no default."""
    contact = wiring.settings.network.operator
    found = mail_address(wiring.settings.smtp.sender or contact)
    if found is None or mail_address(contact) is None:
        raise ConfigurationError(
            "set [network] operator, and [smtp] sender if there is one, to a mail address"
        )
    return found


def _show(session: Session, made: Outgoing, sender: str) -> None:
    head = (
        ("From", sender),
        *((name, made.mail[name]) for name in ("To", "Subject", "Message-ID")),
    )
    for name, value in head:
        click.echo(plain(f"{name}: {value}"))
    click.echo("\n" + plain(made.text, keep="\n"), nl=False)
    session.say("nothing was sent; add --really --operator LABEL to send it")
