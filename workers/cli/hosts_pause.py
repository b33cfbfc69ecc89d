"""`ghostcrawl hosts pause` and `resume`: leave one host alone, or stop all that asks anybody."""

from __future__ import annotations

import click

from crawler.errors import StoreError, UsageError
from workers.cli.session import Session

__all__ = ["pause", "resume"]

_LONGEST_REASON = 200
_NAME = click.argument("name", required=False)


@click.command()
@_NAME
@click.option("--all", "everything", is_flag=True, help="Stop all requests, to feeds too.")
@click.option(
    "--reason",
    default="a person asked for it",
    show_default=True,
    help="Why, for whoever finds the host paused.",
)
@click.pass_obj
def pause(session: Session, name: str | None, reason: str, *, everything: bool) -> None:
    """Leave a host alone until `hosts resume`; every worker obeys before its next request."""
    from workers.ledger import pauses

    why = " ".join(reason.split())
    if not why or len(why) > _LONGEST_REASON:
        msg = f"--reason must have 1 to {_LONGEST_REASON} characters"
        raise UsageError(msg)
    wiring = session.wiring
    host = _one_of(name, everything=everything)
    if host != pauses.ALL_HOSTS:
        host = wiring.hosts.named(host).settings.name
    wiring.ledger.transaction(lambda conn: pauses.pause(conn, host, why, wiring.clock()))
    session.say(_done(host, known=everything or host in session.settings.hosts))
    _tell_workers(session)


def _done(host: str, *, known: bool) -> str:
    """Return what a pause does; the name of a host that is not configured may be mistyped, or that of a feed."""
    from workers.ledger.pauses import ALL_HOSTS

    what, again = ("all hosts", "--all") if host == ALL_HOSTS else (host, host)
    resume = f"`ghostcrawl hosts resume {again}`"
    if not known:
        return (
            f"{host}: noted for a host that is not configured. A feed or registry there is asked nothing more; no other host "
            f"is paused. If the name is mistyped, take it back with {resume}, and see `ghostcrawl hosts list`"
        )
    return f"{what}: paused; nothing more is asked until {resume}; what is due stays due"


@click.command()
@_NAME
@click.option("--all", "everything", is_flag=True, help="Take back `hosts pause --all`.")
@click.pass_obj
def resume(session: Session, name: str | None, *, everything: bool) -> None:
    """Go on with a host that was paused; after --all those paused by name stay so."""
    from workers.ledger import pauses

    wiring = session.wiring
    host = _one_of(name, everything=everything)
    what = "all hosts" if everything else host
    if not wiring.ledger.transaction(lambda conn: pauses.resume(conn, host)):
        msg = f"{what}: not paused; `ghostcrawl hosts list` shows which are"
        raise UsageError(msg)
    with wiring.ledger.read() as conn:
        left = [one.host for one in pauses.paused(conn)]
    still = f", but for what is paused by itself: {', '.join(left)}" if everything and left else ""
    session.say(f"{what}: goes on{still}")
    _tell_workers(session)


def _one_of(name: str | None, *, everything: bool) -> str:
    from workers.ledger.pauses import ALL_HOSTS

    if (name is None) is not everything:
        raise UsageError("give the name of one host, or --all")
    return ALL_HOSTS if name is None else name


def _tell_workers(session: Session) -> None:
    """Let the workers know at once, through the broker; raises StoreError where it cannot be told."""
    from redis.exceptions import RedisError

    try:
        session.wiring.governor.restore()
    except (RedisError, StoreError) as error:
        msg = (
            f"the ledger has it, but the broker does not answer ({error}): no new work is handed out, "
            "work under way ends; run the same command again"
        )
        raise StoreError(msg) from error
