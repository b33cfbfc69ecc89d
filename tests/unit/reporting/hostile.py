"""A confirmed finding of which every text that strangers write is hostile."""

from __future__ import annotations

from dataclasses import replace

from crawler.model import Distribution, Evidence, Origin, OriginKind, ProjectKey, Report, Source
from tests.unit.reporting.letters import EVIDENCE, confirmed, found, matched
from tests.values import BLAKE, GHOST, REPOSITORY, SIGHTING, blake2b, sha256, verdict

__all__ = ["TRAPS", "hostile"]

TRAPS = (
    "\x1b]0;title\x07",
    "line\r\nBcc: victim@victim.example\r\n\r\nbody",
    "\n::set-output name=x::y\n",
    "</script><img src=x onerror=alert(1)>",
    "'] OR [url:value = 'https://good.example/",
    "\\' \" ` ${7*7} {{7*7}} %00 %0d%0a",
    "\u202etxt.exe\u2028\ufeff",
    "\udcff\ud800",
    "=HYPERLINK(1)",
    "a" * 3000,
    "0001-01-01T00:00:00+14:00",
)
"""Terminal, mail, workflow, page, pattern, quoting, direction, bytes that are no text, spreadsheet, length, a time before all calendars."""


def hostile(trap: str) -> Report:
    """Return a finding that may stand in a letter, with `trap` in every field that strangers fill in."""
    subject = replace(
        verdict().subject,
        project=ProjectKey(ecosystem=GHOST.ecosystem, name=f"zz{trap}"),
        file=Distribution(filename=f"zz{trap}.whl", digests=(blake2b(), sha256())),
    )
    judged = replace(
        verdict(),
        subject=replace(subject, version=f"1{trap}"),
        sources=(Source(feed=trap, record_id=trap, root_source=trap, reference=trap),),
    )
    pin = replace(
        confirmed().finding.match.pin,
        name=f"zz{trap}",
        version=f"1{trap}",
        filename=f"zz{trap}.whl",
        url=f"https://files.index.example/packages/{BLAKE[:2]}/{BLAKE[2:4]}/{BLAKE[4:]}/{trap}",
        origin=Origin(kind=OriginKind.REGISTRY, location=trap),
    )
    report = found(
        matched(confirmed(), pin=pin, verdict=judged),
        repository=replace(
            REPOSITORY,
            path=f"o/{trap}",
            clone_url=f"https://git.example/o/{trap}.git",
            description=trap,
            created_at=trap,
        ),
        sighting=replace(SIGHTING, ref=f"refs/heads/{trap}", path=f"{trap}/uv.lock"),
    )
    return replace(report, evidence=_evidence(trap))


def _evidence(trap: str) -> Evidence:
    return replace(EVIDENCE, permalink=trap, excerpt=trap, viewer_url=trap)
