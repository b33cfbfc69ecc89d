"""`ghostcrawl campaigns`: cases that one hand has made, and why anybody thinks so."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import ConfigurationError
from crawler.reporting.text import counted, plain, utc
from workers.cli.output import LIST_FORMAT, SHOWN_FORMAT, is_text, print_objects
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.linking import LinkKind
    from crawler.model import Campaign

__all__ = ["campaigns"]

_HEADINGS = ("campaign", "cases", "lures", "hosts", "reasons", "begun")
_DRAWING_SECONDS = 60.0
_IDS = click.argument("ids", nargs=-1, metavar="[ID]...")


@click.group()
def campaigns() -> None:
    """Show which cases are of one hand, and by what."""


@campaigns.command(name="list")
@LIST_FORMAT
@click.pass_obj
def list_(session: Session, style: str) -> None:
    """List campaigns, the oldest case first."""
    found = session.wiring.follow_campaigns()
    if style != "table":
        print_objects(map(_json, found), style)
    elif found:
        click.echo(table(_HEADINGS, [_row(one) for one in found]))
    else:
        session.say("no campaigns")


@campaigns.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@SHOWN_FORMAT
@click.pass_obj
def show(session: Session, ids: Sequence[str], style: str | None) -> None:
    """Show campaigns whole: their cases, and each link with its reasons; an ID may be cut off.

    The weight of a link is the sum of its reasons, of which the heaviest of each kind counts; 100 join.
    """
    from workers.ledger.campaigns import chosen

    as_text = is_text(style)
    for one in chosen(session.wiring.follow_campaigns(), ids):
        if as_text:
            for line in _lines(one):
                click.echo(plain(line))
        else:
            click.echo(json_line(_json(one)))


@campaigns.command()
@_IDS
@click.option(
    "--format",
    "style",
    type=click.Choice(["graphml", "dot", "svg"]),
    default="graphml",
    show_default=True,
    help="For programs that read graphs, for Graphviz, or drawn by Graphviz.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write. Default: stdout.",
)
@click.pass_obj
def graph(session: Session, ids: Sequence[str], style: str, output: Path | None) -> None:
    """Write campaigns as a graph, all of them unless IDs are given; svg needs Graphviz."""
    from crawler.reporting.graph import as_dot, as_graphml
    from workers.ledger.campaigns import chosen

    found = chosen(session.wiring.follow_campaigns(), ids)
    match style:
        case "graphml":
            drawn = as_graphml(found).encode()
        case "dot":
            drawn = as_dot(found).encode()
        case _:
            drawn = _svg(as_dot(found))
    if output is None:
        click.echo(drawn, nl=False)
    else:
        output.write_bytes(drawn)


def _svg(dot: str) -> bytes:
    """Return the graph as Graphviz draws it, confined like all programs that are given names of strangers."""
    from crawler.sandbox import Confinement, SandboxLimits, run

    program = shutil.which("dot")
    if program is None:
        msg = (
            "dot is not installed; on Debian: apt-get install graphviz, or take --format dot and draw"
            " it elsewhere"
        )
        raise ConfigurationError(msg)
    limits = SandboxLimits(
        seconds=_DRAWING_SECONDS,
        cpu_seconds=int(_DRAWING_SECONDS),
        confinement=Confinement.WHERE_POSSIBLE,
    )
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-graph-") as folder:
        ended = run([program, "-Tsvg"], env={}, cwd=Path(folder), limits=limits, stdin=dot.encode())
    if not ended.ok:
        said = plain(ended.stderr.decode("utf-8", "replace").strip()) or ended.ended.value
        msg = f"dot failed: {said}; take --format dot, or fewer campaigns"
        raise ConfigurationError(msg)
    return ended.stdout


def _row(one: Campaign) -> Sequence[object]:
    hosts = sorted({member.host for member in one.members})
    reasons = sorted({reason.code for link in one.links for reason in link.reasons})
    return (
        one.id,
        len(one.members),
        sum(member.case_class == "lure" for member in one.members),
        ", ".join(hosts),
        ", ".join(reasons),
        one.begun_at.date(),
    )


def _lines(one: Campaign) -> Iterator[str]:
    from crawler.linking import LINK_RULES

    kinds = {rule.code: rule.kind for rule in LINK_RULES}
    yield f"{one.id}: {counted(len(one.members), 'case')}, begun {utc(one.begun_at)}"
    for member in one.members:
        yield f"  case {member.case}: {member.case_class}, {member.host}/{member.path}"
    for link in one.links:
        yield f"  link {link.first} with {link.second}: {link.weight}"
        heaviest: dict[LinkKind, str] = {}
        for reason in link.reasons:
            first = heaviest.setdefault(kinds[reason.code], reason.code)
            beside = "" if first == reason.code else f"; not counted beside {first}"
            yield f"    {reason.weight}: {reason.text} ({reason.code}, {reason.source}{beside})"


def _json(one: Campaign) -> dict[str, Any]:
    return {
        "id": one.id,
        "begun_at": one.begun_at.isoformat(),
        "cases": [
            {
                "id": member.case,
                "host": member.host,
                "repository": member.path,
                "class": member.case_class.value,
            }
            for member in one.members
        ],
        "links": [
            {
                "cases": [link.first, link.second],
                "weight": link.weight,
                "reasons": [
                    {
                        "code": reason.code,
                        "weight": reason.weight,
                        "source": reason.source.value,
                        "text": reason.text,
                    }
                    for reason in link.reasons
                ],
            }
            for link in one.links
        ],
    }
