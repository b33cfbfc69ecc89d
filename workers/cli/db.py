"""`ghostcrawl db`: the schema of the ledger."""

from __future__ import annotations

import click

from workers.cli.session import Session

__all__ = ["db"]


@click.group()
def db() -> None:
    """Manage the ledger database."""


@db.command()
@click.pass_obj
def upgrade(session: Session) -> None:
    """Migrate the schema to the latest revision (creates it if missing)."""
    ledger = session.wiring.unchecked_ledger
    ledger.upgrade()
    click.echo(ledger.current())


@db.command()
@click.pass_obj
def current(session: Session) -> None:
    """Print the revision of the schema."""
    click.echo(session.wiring.unchecked_ledger.current() or "no schema yet; run db upgrade")


@db.command()
@click.pass_obj
def check(session: Session) -> int:
    """Check that the schema is ours and that no evidence was changed."""
    from workers.ledger import proofs

    with session.wiring.ledger.read() as conn:
        broken = proofs.verify_chain(conn)
        seal = proofs.seal(conn)
    if broken is not None:
        click.echo(
            f"evidence {broken.id} of finding {broken.key} was changed, or one before it is lost"
        )
        return 6
    click.echo(f"schema and evidence are sound; last seal {seal}")
    return 0
