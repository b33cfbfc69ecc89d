"""`ghostcrawl ghosts resolve`: the query that tells the files of accused releases which no feed has hashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.model import Ecosystem, Level, ProjectKey, VerdictState
from crawler.reporting.text import counted
from workers.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.model import Verdict

__all__ = ["resolve"]


@click.command()
@click.pass_obj
def resolve(session: Session) -> None:
    """Print the SQL that lists, in the index's public BigQuery table, the files that nobody has hashed.

    It asks for accused releases without a known file. Save the result as CSV or JSON Lines and read it
    with `seed --from bigquery:PATH`.
    """
    from feeds.imports.bigquery import resolve_queries
    from workers.ledger import verdicts

    with session.wiring.ledger.read() as conn:
        projects = _unresolved(verdicts.list_ghosts(conn, (VerdictState.MALICIOUS,)))
    for query in resolve_queries(projects):
        click.echo(query)
    session.say(
        f"{counted(len(projects), 'project')} with an accused release of which no digest is known"
        + ("; import the result with `seed --from bigquery:PATH`" if projects else "")
    )


def _unresolved(judged: Iterable[Verdict]) -> list[ProjectKey]:
    """Return the projects of the Python index with an accused release of which no file is known."""
    accused, known = set[tuple[ProjectKey, str | None]](), set[tuple[ProjectKey, str | None]]()
    for verdict in judged:
        subject = verdict.subject
        if subject.project.ecosystem is not Ecosystem.PYPI:
            continue
        if subject.file is not None and subject.file.digests:
            known.add((subject.project, subject.version))
        elif subject.level is Level.RELEASE:
            accused.add((subject.project, subject.version))
    return sorted({project for project, _ in accused - known})
