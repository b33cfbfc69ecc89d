"""What becomes of a hostile lock behind the parser: matched, placed, written down, rendered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from crawler import lockfiles, pipeline
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.matching import WatchKeys
from crawler.model import (
    Algorithm,
    CaseClass,
    Classification,
    Digest,
    Distribution,
    Ecosystem,
    LockBlob,
    Match,
    ProjectKey,
    Report,
    Sighting,
    Subject,
    Verdict,
)
from crawler.reporting.interface import Edition, ExportFile
from tests.hostile.good import BLAKE, FILE, SHA
from tests.hostile.named_files import Trap
from tests.values import NOW, REGISTRIES, verdict

__all__ = ["ReadOn", "read_on"]

_FILE = Distribution(
    filename=FILE,
    digests=(
        Digest(algorithm=Algorithm.BLAKE2B_256, hex=BLAKE),
        Digest(algorithm=Algorithm.SHA256, hex=SHA),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOn:
    """What comes out at the end."""

    accusing: tuple[Match, ...]
    """Matches by a verdict."""
    letters: tuple[ExportFile, ...]
    lines: tuple[ExportFile, ...]


def read_on(trap: Trap) -> ReadOn:
    """Lead the lock of `trap` through the whole pipeline, as if all had been verified."""
    path = trap.folder + trap.file.path
    blob = LockBlob(oid="2" * 40, path=path, data=trap.file.make())
    host = PlainGit(
        HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example")
    )
    inspection = pipeline.inspect(blob, _lookup, REGISTRIES, lockfiles.parse)
    sighting = Sighting(ref="refs/heads/main", commit="1" * 40, path=path, oid=blob.oid)
    reports = [
        Report(
            finding=finding,
            evidence=replace(
                pipeline.evidence(finding, blob, host, REGISTRIES, NOW),
                still_at_head=True,
                verified_at=NOW,
            ),
            first_seen=NOW,
            last_seen=NOW,
            run_id="run-1",
            classification=Classification(case_class=CaseClass.LURE, weights=(), rules="1"),
        )
        for finding in pipeline.findings(inspection, host.repository(trap.repository), [sighting])
    ]
    edition = Edition(at=NOW)
    return ReadOn(
        accusing=tuple(m for m in inspection.matches if m.verdict is not None),
        letters=tuple(pipeline.render(reports, ["letter"], edition)),
        lines=tuple(pipeline.render(reports, ["jsonl"], edition)),
    )


def _lookup(_: WatchKeys) -> Iterable[Verdict]:
    """Return every verdict: a release and its file, two names of npm and PyPI that look innocent."""
    yield verdict(file=_FILE)
    yield verdict()
    for ecosystem, name in (
        (Ecosystem.PYPI, "keras"),
        (Ecosystem.NPM, "keras"),
        (Ecosystem.NPM, "zz-ghost-one"),
    ):
        project = ProjectKey(ecosystem=ecosystem, name=name)
        yield replace(verdict(), subject=Subject(project=project, version="1.0"))
