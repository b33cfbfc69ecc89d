"""A file that a lock pins, with all that a letter may say of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import Tier, normalize_name

if TYPE_CHECKING:
    from crawler.model import Evidence, Finding, ProjectKey, Reason, Report, Verdict

__all__ = ["PinnedFile", "Tampering", "pinned_files", "tampering_in"]

Tampering = Mapping[tuple[str | None, ...], "Sequence[Reason]"]
"""Lock entry -> how it differs from anything that its tool would have written (tier T)."""
_LOOK_ALIKE = "look-alike-file-host"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A finding whose proofs are there: the verdict on the file, and the evidence for the pin."""

    finding: Finding
    verdict: Verdict
    evidence: Evidence
    tampering: Sequence[Reason]

    @property
    def project(self) -> ProjectKey:
        """The package that was judged, whatever the lock calls it."""
        return self.verdict.subject.project

    @property
    def file(self) -> tuple[ProjectKey, str | None]:
        """What makes two pins the same file: a file name is used once in its project."""
        pin = self.finding.match.pin
        return self.project, pin.filename or pin.url or pin.version

    @property
    def other_name(self) -> str | None:
        """What the lock calls the package, where that is another name than that of its file."""
        pin = self.finding.match.pin
        if pin.name is None or normalize_name(pin.ecosystem, pin.name) == self.project.name:
            return None
        return pin.name

    @property
    def weakness(self) -> int:
        """0 for what shows most, to sort by: a look-alike host, a tampered entry, a digest, a name."""
        if any(reason.code == _LOOK_ALIKE for reason in self.tampering):
            return 0
        if self.tampering or self.other_name is not None:
            return 1
        return 2 if self.finding.match.tier is Tier.A else 3


def pinned_files(reports: Iterable[Report], tampering: Tampering) -> list[PinnedFile]:
    """Return those of `reports` that have a verdict and evidence, the strongest fact first."""
    found = [
        PinnedFile(
            finding=report.finding,
            verdict=report.finding.match.verdict,
            evidence=report.evidence,
            tampering=tampering.get(_entry(report.finding), ()),
        )
        for report in reports
        if report.finding.match.verdict is not None and report.evidence is not None
    ]
    return sorted(found, key=_place)


def _place(one: PinnedFile) -> tuple[int, str, int, str]:
    lines = one.evidence.lines
    first = 0 if lines is None else lines.first
    return one.weakness, one.finding.sighting.path, first, one.finding.key


def tampering_in(reports: Iterable[Report]) -> Tampering:
    """Return what the open findings of tier T say, by the entry of the lock that they are about."""
    found: dict[tuple[str | None, ...], list[Reason]] = defaultdict(list)
    for report in reports:
        if report.status.is_open and report.finding.match.tier is Tier.T:
            found[_entry(report.finding)] += report.finding.match.reasons
    return found


def _entry(finding: Finding) -> tuple[str | None, ...]:
    place, pin = finding.sighting, finding.match.pin
    return (
        finding.repository.host,
        finding.repository.path,
        place.path,
        pin.name,
        pin.version,
        pin.filename,
        pin.url,
    )
