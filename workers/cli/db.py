"""`ghostcrawl db`: the schema of the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from workers.cli.db_backup import backup, restore
from workers.cli.db_remove import erase, prune
from workers.cli.session import Session

__all__ = ["db"]

_NAMED = 20
"""Blocks that are named of those that are marked wrongly."""


@click.group()
def db() -> None:
    """Manage the ledger database."""


@db.command()
@click.option(
    "--roles",
    "passwords",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Then make the database roles of a cluster; the folder has a password file for each.",
)
@click.pass_obj
def upgrade(session: Session, passwords: Path | None) -> None:
    """Migrate the schema to the latest revision (creates it if missing)."""
    ledger = session.wiring.unchecked_ledger
    ledger.upgrade()
    if passwords is not None:
        _grant(session, passwords)
    click.echo(ledger.current())


def _grant(session: Session, folder: Path) -> None:
    from workers.ledger.roles import DatabaseRole, grant_roles
    from workers.passwords import password_in

    files = {role: folder / f"database_{role.name.lower()}" for role in DatabaseRole}
    passwords = {role: password_in(file) for role, file in files.items()}
    session.wiring.unchecked_ledger.transaction(lambda conn: grant_roles(conn, passwords))
    session.say(f"roles: {', '.join(passwords)}")


@db.command()
@click.pass_obj
def current(session: Session) -> None:
    """Print the revision of the schema."""
    click.echo(session.wiring.unchecked_ledger.current() or "no schema yet; run db upgrade")


@db.command()
@click.pass_obj
def check(session: Session) -> int:
    """Check that the schema is ours, that no evidence was changed, and that no visit passes over a finding."""
    from workers.ledger import clearing, proofs, verdicts
    from workers.ledger.clear_check import wrongly_clear
    from workers.steps.judging import PARSER_VERSION

    wiring = session.wiring
    registries = wiring.registries
    with wiring.ledger.read() as conn:
        broken = proofs.verify_chain(conn)
        seal, erased = proofs.seal(conn), proofs.erased(conn)
        digest = clearing.digest_of(PARSER_VERSION, registries)
        wrong = list(wrongly_clear(conn, digest, verdicts.reader(conn).lookup, registries))
    if broken is not None:
        click.echo(
            f"evidence {broken.id} of finding {broken.key} was changed, or one before it is lost"
        )
        return 6
    if wrong:
        named = ", ".join(map(str, wrong[:_NAMED]))
        click.echo(
            f"{len(wrong)} blocks are marked as clear though a verdict concerns them or they were tampered "
            f"with, so visits pass them over: {named}"
        )
        return 6
    gone = f"; {erased} rows of evidence were erased, their seals are there" if erased else ""
    click.echo(f"schema and evidence are sound; last seal {seal}{gone}")
    return 0


for _command in (backup, erase, prune, restore):
    db.add_command(_command)
