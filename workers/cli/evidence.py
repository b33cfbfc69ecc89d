"""`ghostcrawl evidence`: proof of one finding in one file, which needs neither us nor the repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from crawler.errors import FeedError, GiveUp, UsageError
from crawler.model import Confidence
from crawler.reporting.text import counted, defang_all, plain
from workers.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.model import Report
    from workers.evidence.pack import EvidencePack

__all__ = ["evidence"]

_WHAT = "evidence pack"
_REQUESTS = 4
"""Of the git program: what the server can do, then the commit, and the same for the lock."""


@click.group()
def evidence() -> None:
    """Make and check packs that prove a finding with git and sha256sum alone."""


@evidence.command()
@click.argument("key")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The pack. Default: evidence-<id>.zip in this folder.",
)
@click.option(
    "--sign",
    "signing_key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Sign the pack with this secret key, SSH or minisign.",
)
@click.pass_obj
def pack(session: Session, key: str, output: Path | None, signing_key: Path | None) -> None:
    """Put all that proves the finding KEY (may be cut off) into one file.

    It holds the commit, which names its author: pass it on only to people who may know that.
    """
    from workers import signing
    from workers.evidence import pack as packs
    from workers.evidence.archive import write_private
    from workers.ledger import current_assertions, proofs
    from workers.values import plain as jsonable

    wiring = session.wiring
    report = _finding(session, key)
    verdict = report.finding.match.verdict
    projects = set() if verdict is None else {verdict.subject.project}
    objects = wiring.originals.of(report.finding) or _fetched(session, report)
    with wiring.ledger.read() as conn:
        said = list(current_assertions.of_projects(conn, projects))
        rows = proofs.rows(conn, report.finding.key)
    assertions = [jsonable(one) for _, of_project in said for one in of_project]
    files = packs.unsigned(report, objects, rows, assertions, wiring.clock())
    statement = packs.statement(files["SHA256SUMS"])
    signature = None if signing_key is None else signing.sign(statement, signing_key, _WHAT)
    path = output or Path(f"evidence-{report.finding.key[:12]}.zip")
    data = packs.signed(files, signature)
    try:
        write_private(path, data)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}; name another file with -o"
        raise UsageError(msg) from error
    how = "not signed" if signature is None else f"signed by a key of {signature.kind}"
    session.say(f"{path}: {counted(len(files), 'file')}, {counted(len(data), 'byte')}, {how}")
    session.say(
        "the commit in it names its author: pass it on only to people who may know that; its README.txt says "
        "how to check it with git and sha256sum"
    )


@evidence.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Require a signature by one of these public keys, SSH or minisign, one on each line.",
)
@click.pass_obj
def verify(session: Session, file: Path, keys: Path | None) -> int:
    """Check that nothing in FILE was changed, and that its git objects prove what it claims.

    Without --keys this does not tell who has made it.
    """
    from workers import signing
    from workers.evidence.pack import statement

    try:
        opened = _opened(file)
        if keys is not None:
            signing.check(statement(opened.sums), opened.signature, keys, _WHAT)
    except (GiveUp, FeedError) as error:
        session.say(f"{file}: {error}")
        return 1
    if keys is not None:
        signed = f"it is signed with a key of {keys}"
    elif opened.signature is None:
        signed = "it is not signed, so anybody may have made it"
    else:
        signed = "its signature was not checked: name the public keys that you trust with --keys"
    session.say(
        f"{file}: intact: its hashes match, and its git objects lead from the commit to the lock; {signed}"
    )
    return 0


@evidence.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def show(session: Session, file: Path) -> int:
    """Show what FILE claims, after it was checked; never who wrote the commit."""
    try:
        opened = _opened(file)
    except GiveUp as error:
        session.say(f"{file}: {error}")
        return 1
    for name in ("finding", "repository", "ref", "commit", "path", "blob", "tool", "packed_at"):
        click.echo(plain(f"{name}: {opened.manifest[name]}"))
    lines = opened.finding["lock"]
    if lines["line_start"] is not None:
        text = opened.lock.decode("utf-8", "replace").split("\n")
        for number in range(lines["line_start"], min(lines["line_end"], len(text)) + 1):
            click.echo(plain(f"{number:6}  {defang_all(text[number - 1])}"))
    return 0


def _opened(file: Path) -> EvidencePack:
    from workers.evidence.archive import read_archive
    from workers.evidence.pack import open_pack

    try:
        return open_pack(read_archive(file))
    except OSError as error:
        msg = f"{file}: {error.strerror}; name a pack"
        raise UsageError(msg) from error


def _finding(session: Session, key: str) -> Report:
    from workers.ledger import findings

    with session.wiring.ledger.read() as conn:
        found = [
            one
            for one in findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
            if one.finding.key.startswith(key)
        ]
    if len(found) != 1:
        msg = (
            f"no finding begins with {key}; findings list shows their ids"
            if not found
            else f"{len(found)} findings begin with {key}; write more of the id"
        )
        raise UsageError(msg)
    return found[0]


def _fetched(session: Session, report: Report) -> Mapping[str, bytes]:
    """Ask the host of a finding for the objects that prove it; raises UsageError where it has them no longer."""
    from crawler.git.proof import read_proof
    from crawler.net import Bucket
    from workers.evidence.objects import loose

    finding, sighting = report.finding, report.finding.sighting
    url = finding.repository.clone_url
    session.say(f"nothing is kept of {finding.repository.path}; asking its host")
    for _ in range(_REQUESTS):
        session.wiring.governor.spend(Bucket(host=urlsplit(url).netloc))
    try:
        with session.wiring.git_program() as reader:
            reader.commits(url, sighting.commit, 1)
            reader.blobs(url, [sighting.oid])
            return loose(read_proof(reader, sighting.commit, sighting.path, sighting.oid))
    except GiveUp as error:
        msg = f"{error}; the proof is kept only of what verify has seen"
        raise UsageError(msg) from error
