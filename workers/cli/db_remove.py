"""`ghostcrawl db prune` and `erase`: what need not be kept, and what must not be."""

from __future__ import annotations

import click

from crawler.errors import UsageError
from crawler.reporting.text import counted
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table

__all__ = ["erase", "prune"]

_APPLY = click.option("--apply", "really", is_flag=True, help="Do it; default: only show it.")


@click.command()
@_APPLY
@LIST_FORMAT
@click.pass_obj
def prune(session: Session, style: str, *, really: bool) -> None:
    """Show what is kept longer than `[retention]` says, or remove it with --apply.

    Findings, their evidence and log, verdicts, what feeds have said, and the locks that findings are in
    are never removed.
    """
    from workers.ledger import retention

    wiring = session.wiring
    keep, now = retention.Keep(**session.settings.retention.spans), wiring.clock()
    with wiring.ledger.read() as conn:
        found = retention.excess(conn, keep, now)
    removed = retention.prune(wiring.ledger, keep, now) if really else {}
    if really:
        files = wiring.originals.prune(now - session.settings.retention.originals)
        session.say(f"{counted(files, 'kept commit')} of findings removed")
    if style != "table":
        known = {one.table: {"rows": one.rows, "bytes": one.bytes} for one in found}
        names = sorted({*known, *removed})
        nothing = {"rows": 0, "bytes": 0}
        print_objects(
            ({"table": n} | known.get(n, nothing) | {"removed": removed.get(n, 0)} for n in names),
            style,
        )
        return
    rows = [(one.table, one.rows, one.bytes, removed.get(one.table, 0)) for one in found]
    click.echo(table(("table", "rows", "bytes, about", "removed"), rows))
    session.say(
        "the database uses the space again; the disk gets it back by VACUUM (SQLite) or VACUUM FULL (PostgreSQL)"
        if really
        else "nothing was removed; --apply removes it, and what only these rows refer to"
    )


@click.command()
@click.argument("name")
@_APPLY
@click.pass_obj
def erase(session: Session, name: str, *, really: bool) -> None:
    """Erase HOST, HOST/OWNER or HOST/OWNER/REPO at the request of whoever it is about.

    What was found there goes too; of its evidence the seals stay, so that `db check` can tell that nothing
    else was changed. It is not visited again.
    """
    from workers.ledger import erasing

    host, _, path = name.strip("/").partition("/")
    wiring = session.wiring
    if not host:
        raise UsageError("invalid name: expected HOST, HOST/OWNER or HOST/OWNER/REPO")
    now = wiring.clock()
    if really:
        with wiring.ledger.read() as conn:
            found = erasing.found_at(conn, host, path)
        rows = wiring.ledger.transaction(lambda conn: erasing.erase(conn, host, path, now))
        for one in found:
            wiring.originals.forget(one)
    else:
        rows = erasing.rehearse(wiring.ledger, host, path, now)
    click.echo(table(("table", "erased" if really else "to erase"), sorted(rows.items())))
    if not really:
        session.say(f"nothing was erased; --apply erases {name} and leaves it alone from then on")
        return
    session.say(
        f"{name}: erased, and left alone from now on; remove yourself what is not in the ledger: "
        "folders of `report`, packs, backups, logs, and `originals` in state directories of other processes"
    )
    if not path:
        session.say(
            f"lists and searches of {host} are still asked while it is configured; `ghostcrawl hosts pause "
            f"{host}` stops them"
        )
