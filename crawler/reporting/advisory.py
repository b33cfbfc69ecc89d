"""OSV records of repositories, in the shape that OpenSSF's malicious-packages takes for Git sources.

One record per repository that a letter accuses: a range of type GIT that is introduced with the commit
at which the lock was read. Source: the OSV schema (https://ossf.github.io/osv-schema/), 1.7.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from crawler.model import Algorithm
from crawler.reporting.accusation import accused_repositories
from crawler.reporting.accused_file import accused_file
from crawler.reporting.file_names import addressed_of, file_stem
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.jsonl import purl
from crawler.reporting.letter import case_of
from crawler.reporting.looked_at import first_seen, last_looked_at
from crawler.reporting.text import counted, defang, plain, utc, web_link, without_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from crawler.model import Report, Repository
    from crawler.reporting.accused_file import AccusedFile
    from crawler.reporting.interface import Edition

__all__ = ["Advisories"]

_SCHEMA_VERSION = "1.7.0"
_LONGEST_SUMMARY = 120
_PINS = "Lock files of {} pin malicious packages"
_DIGESTS = {Algorithm.SHA256: "sha256", Algorithm.SHA512: "sha512"}


class Advisories:
    """One record per repository, in the order of host and path."""

    def __init__(self, edition: Edition) -> None:
        """Write the records of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the records; a repository that no letter may accuse gets none."""
        for group in accused_repositories(reports, self._edition.at):
            addressed = addressed_of(group[0])
            yield ExportFile(
                name=f"{file_stem('osv', addressed)}.json",
                text=json.dumps(self._record(group), indent=2, sort_keys=True) + "\n",
                kind=DocumentKind.ADVISORY,
                findings=tuple(report.finding.key for report in group),
                repository=addressed,
            )

    def _record(self, group: Sequence[Report]) -> Mapping[str, object]:
        repository = group[0].finding.repository
        url = repository.clone_url.removesuffix(".git")
        files = [accused_file(one.finding.match, self._edition.registries) for one in group]
        packages = sorted({p for one in group if (p := purl(one.finding.match))})
        return {
            "schema_version": _SCHEMA_VERSION,
            "id": f"MAL-0000-ghostcrawl-{case_of(addressed_of(group[0]))}",
            "published": utc(first_seen(group)),
            "modified": utc(last_looked_at(group)),
            "summary": _summary(repository),
            "details": (
                f"Lock files of this repository pin {counted(len(packages), 'malicious package release')} "
                "that advisories list. An installer that follows such a lock file installs what it pins."
            ),
            "affected": [{"ranges": [_range(url, group)]}],
            "references": [{"type": "EVIDENCE", "url": link} for link in _links(group)],
            "database_specific": {
                "source": "ghostcrawl",
                "path": f"osv/malicious/git/{_openssf_path(url)}",
                "packages": packages,
                "advisories": sorted(_advisories(group)),
                "iocs": {
                    "urls": sorted({defang(u) for one in files if (u := one.url)}),
                    "file_hashes": _hashes(files),
                },
            },
        }


def _summary(repository: Repository) -> str:
    """Return what was measured of the repository, no longer than the schema of OSV allows."""
    name = plain(f"{repository.host}/{repository.path}")
    room = _LONGEST_SUMMARY - len(_PINS.format(""))
    return _PINS.format(name if len(name) <= room else f"{name[: room - 1]}…")


def _range(url: str, group: Sequence[Report]) -> Mapping[str, object]:
    """Return since when the repository is malicious: the commits that brought the pins.

    Where that is not known it is the commit at which the pin was seen: nothing before was looked at, so
    none is claimed ("0" would be).
    """
    commits = sorted({_introduced(one) for one in group})
    return {
        "type": "GIT",
        "repo": url,
        "events": [{"introduced": commit} for commit in commits],
    }


def _introduced(report: Report) -> str:
    history = None if report.evidence is None else report.evidence.history
    entered = None if history is None else history.entered_commit
    return entered or report.finding.sighting.commit


def _links(group: Iterable[Report]) -> list[str]:
    links = {
        link
        for one in group
        if one.evidence is not None and (link := web_link(one.evidence.permalink))
    }
    return sorted(links)


def _advisories(group: Iterable[Report]) -> set[str]:
    return {
        without_folders(source.record_id)
        for one in group
        if one.finding.match.verdict is not None
        for source in one.finding.match.verdict.sources
    }


def _hashes(files: Iterable[AccusedFile]) -> Mapping[str, Sequence[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in files:
        for digest in one.digests:
            if digest.algorithm in _DIGESTS:
                found[_DIGESTS[digest.algorithm]].add(digest.hex)
    return {name: sorted(values) for name, values in found.items()}


def _openssf_path(url: str) -> str:
    """Return the folder of a record there: the clone URL in lower case, without scheme and `.git`."""
    return plain(url.partition("://")[2].lower().strip("/"))
