"""Since when a pin is there, asked once for each confirmed finding: four requests by the git program."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import Defer, GiveUp, Malformed, Retry
from crawler.git.history import PinPlace, pin_histories
from crawler.git.proof import read_proof
from crawler.lockfiles.surroundings import manifests_of
from crawler.model import Confidence, PinHistory
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.git.commandline import CommandLineReader
    from crawler.git.objects import RawObject
    from crawler.model import Finding, Pin, Report, Repository
    from crawler.net import Budget

__all__ = ["Histories"]

_REQUESTS = 4
"""What the server can do, then commits and trees; the same again for the versions of the locks."""
_UNKNOWN = PinHistory(commits=0, whole=False)
"""What is kept where a repository cannot be read so: it is not asked again every day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Asks the git server of a repository, within its budget."""

    budget: Budget
    reader: Callable[[], AbstractContextManager[CommandLineReader]]
    keep: Callable[[Finding, Sequence[RawObject]], None]
    """Keeps the objects that prove a finding, apart from the ledger."""

    def of(self, repository: Repository, reports: Iterable[Report]) -> Mapping[str, PinHistory]:
        """Return the histories of those of `reports`, all of one repository, that need one, by their keys.

        One commit is asked about at a time; the findings of others wait for the next check. Only `Stop`
        errors are ever raised: a host that asks to wait is asked at the next check, too.
        """
        by_commit: dict[str, list[Report]] = defaultdict(list)
        for report in reports:
            if _needs_one(report):
                by_commit[report.finding.sighting.commit].append(report)
        if not by_commit:
            return {}
        commit, group = max(by_commit.items(), key=lambda item: len(item[1]))
        try:
            return self._asked(repository, commit, group)
        except GiveUp:
            return {report.finding.key: _UNKNOWN for report in group}
        except (Defer, Retry):
            return {}

    def _asked(
        self, repository: Repository, commit: str, group: Sequence[Report]
    ) -> Mapping[str, PinHistory]:
        places = {report.finding.key: _place(report) for report in group}
        bucket = Bucket(host=urlsplit(repository.clone_url).netloc)
        for _ in range(_REQUESTS):
            self.budget.spend(bucket)
        with self.reader() as reader:
            found = pin_histories(reader, repository.clone_url, commit, list(places.values()))
            for sighting, report in {one.finding.sighting: one for one in group}.items():
                with suppress(
                    Malformed
                ):  # what cannot be proved now is asked for when it is packed
                    proof = read_proof(reader, commit, sighting.path, sighting.oid)
                    self.keep(report.finding, proof)
        return {key: found[place] for key, place in places.items()}


def _needs_one(report: Report) -> bool:
    known = report.evidence
    confirmed = report.finding.match.confidence is Confidence.CONFIRMED
    return confirmed and report.status.is_open and known is not None and known.history is None


def _place(report: Report) -> PinPlace:
    finding, path = report.finding, report.finding.sighting.path
    words = tuple(dict.fromkeys(_words(finding.match.pin)))
    folder = path[: path.rfind("/") + 1]
    manifests = frozenset(f"{folder}{name}" for name in manifests_of(path))
    return PinPlace(path=path, manifests=manifests, words=words, is_there=True)


def _words(pin: Pin) -> Iterator[str]:
    """Yield what a lock may state of a file, in the spellings that locks have for it."""
    for digest in pin.digests:
        if digest.identifies:
            yield digest.hex
            yield base64.b64encode(bytes.fromhex(digest.hex)).decode()
    if pin.url:
        yield pin.url
    if pin.filename:
        yield pin.filename
