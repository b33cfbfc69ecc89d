"""Reports to the package index: delete the *files*, the one act that ends every ghost at once.

One document per project whose malicious files are pinned and still served. It is about files only, so
it names no repository and no account. Form and payload: the index's `submit-malware-report` page and
its observations API (facts of pypi/warehouse, 2026-08).
"""

from __future__ import annotations

import re
from collections import defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from crawler.model import Algorithm, Ecosystem
from crawler.model.urls import host_in, normalize
from crawler.reporting.accusation import names_malware
from crawler.reporting.accused_file import accused_digests
from crawler.reporting.channels import PACKAGE_CHANNELS
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.letter import contact_line
from crawler.reporting.observation import Observation, ObservationKind
from crawler.reporting.pinned_file import pinned_files
from crawler.reporting.serving import Serving, serving_of, serving_sentence
from crawler.reporting.text import code_span, defang, utc, web_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from crawler.model import ProjectKey, Report, Verdict
    from crawler.reporting.interface import Edition
    from crawler.reporting.pinned_file import PinnedFile

__all__ = ["IndexReports"]

_MOST_FILES = 20


class IndexReports:
    """One report per project, in the order of their names."""

    def __init__(self, edition: Edition) -> None:
        """Write the reports of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield a report for each project of which a confirmed malicious file is still served."""
        served = [one for one in reports if self._is_served(one)]
        by_project: dict[ProjectKey, list[PinnedFile]] = defaultdict(list)
        for one in pinned_files(served, {}):
            by_project[one.project].append(one)
        for project in sorted(by_project):
            pins = by_project[project]
            yield ExportFile(
                name=f"index-{project.registry or project.ecosystem}-{_plain_name(project.name)}.md",
                text="\n\n".join(self._blocks(project, pins)) + "\n",
                kind=DocumentKind.INDEX_REPORT,
                findings=tuple(one.finding.key for one in pins),
            )

    def _is_served(self, report: Report) -> bool:
        liveness = None if report.evidence is None else report.evidence.liveness
        if liveness is None or serving_of(liveness, self._edition.at) is not Serving.SERVED:
            return False
        return names_malware(report) and not self._is_of_mirror(report, liveness.url)

    def _is_of_mirror(self, report: Report, asked: str) -> bool:
        """Say whether a mirror answered: that tells nothing of the index, which cannot delete there."""
        public = self._edition.registries.get(report.finding.match.pin.ecosystem)
        if public is None:
            return False
        mirrors = {host_in(normalize(base)) for base in public.mirrors} - public.file_hosts
        return host_in(normalize(asked)) in mirrors

    def _blocks(self, project: ProjectKey, pins: Sequence[PinnedFile]) -> Iterator[str]:
        files = {one.file: one for one in pins}
        shown = sorted(files.values(), key=lambda one: one.finding.match.pin.filename or "")
        at = self._edition.at
        these, them, they, their = f"these {len(files):,} files", "them", "they were", "their"
        if len(files) == 1:
            these, them, they, their = "this file", "it", "it was", "its"
        yield f"# Malicious files of {code_span(project.name)} are still served"
        yield (
            f"**Please delete {these} of the project {code_span(project.name)}.** "
            f"Advisories list {them} as malicious, and {they} still served when {their} host was last asked. "
            f"{_locks(pins)}, and an installer that follows such a lock file installs {them} "
            "even where the index no longer lists the release."
        )
        yield "**Files (UTC)**\n\n" + "\n".join(
            line for one in shown[:_MOST_FILES] for line in _file_lines(one, at)
        )
        if len(shown) > _MOST_FILES:
            yield f"{len(shown) - _MOST_FILES} more files are left out for length; ask for them."
        yield from self._how_to_report(project, shown, pins)
        yield (
            "**Not claimed.** The files were neither downloaded nor opened; that they are malicious is "
            "what the advisories say. This report does not say who uploaded them."
        )
        yield contact_line(self._edition, case=False)

    def _how_to_report(
        self, project: ProjectKey, shown: Sequence[PinnedFile], pins: Sequence[PinnedFile]
    ) -> Iterator[str]:
        public = self._edition.registries.get(project.ecosystem)
        registry = None if public is None else public.called(project.registry)
        if project.registry:
            address = "" if registry is None else f" at {code_span(registry.index_url)}"
            yield f"**Where.** Whoever runs the index {code_span(project.registry)}{address}. Paste the facts above."
            return
        view = next((u for f in shown if (u := web_link(f.evidence.viewer_url))), None)
        if project.ecosystem is not Ecosystem.PYPI or registry is None or view is None:
            page_only = "The page of the package on the index has a link to report malware."
            npm = PACKAGE_CHANNELS[Ecosystem.NPM] if project.ecosystem is Ecosystem.NPM else None
            yield f"**Where.** {npm or page_only} Paste the facts above."
            return
        observation = Observation.draft(
            ObservationKind.IS_MALWARE, _summary(project, shown, pins), view
        )
        parts = urlsplit(registry.index_url)
        query = urlencode({"inspector_link": view, "summary": observation.summary})
        page = f"{parts.scheme}://{parts.netloc}/project/{quote(project.name, safe='', errors='replace')}"
        yield (
            "**Where.** While the project page exists, its form (it needs a login):\n"
            f"<{page}/submit-malware-report/?{query}>\n\n"
            f"{PACKAGE_CHANNELS[Ecosystem.PYPI]}"
        )
        yield (
            "**Observation**, for reporters that the index has invited to its API:\n\n"
            + observation.indented()
        )


def _locks(pins: Sequence[PinnedFile]) -> str:
    """Return in how many repositories what is pinned: of all files that the report is about."""
    found = [one.finding for one in pins]
    repositories = {(one.repository.host, one.repository.path) for one in found}
    locks = {(one.repository.host, one.repository.path, one.sighting.path) for one in found}
    several = f"{len(repositories):,} public repositories"
    where = "one public repository" if len(repositories) == 1 else several
    what = "it" if len({one.file for one in pins}) == 1 else "one or more of them"
    return (
        f"A lock file in {where} pins {what}"
        if len(locks) == 1
        else f"Lock files in {where} pin {what}"
    )


def _file_lines(one: PinnedFile, at: datetime) -> Iterator[str]:
    pin = one.finding.match.pin
    yield f"- {code_span(pin.filename or pin.version or one.project.name)}"
    if pin.url:
        yield f"  - {code_span(defang(pin.url))}"
    for digest in accused_digests(one.finding.match):
        if digest.algorithm is Algorithm.SHA256:
            yield f"  - sha256: {code_span(digest.hex)}"
    yield f"  - Listed as malicious since {utc(one.verdict.since)} by {_records(one.verdict)}."
    yield f"  - {serving_sentence(one.evidence.liveness, at)}"
    if view := web_link(one.evidence.viewer_url):
        yield f"  - a read-only view of the file contents: <{view}>"


def _records(verdict: Verdict) -> str:
    return ", ".join(code_span(source.record_id) for source in verdict.sources[:3])


def _summary(project: ProjectKey, shown: Sequence[PinnedFile], pins: Sequence[PinnedFile]) -> str:
    names = ", ".join(f.finding.match.pin.filename or "?" for f in shown[:_MOST_FILES])
    listed = f"of {project.name} that advisories ({_plain_records(shown)}) list as malicious"
    if len(shown) == 1:
        told, ask = f"A file {listed} is still served: {names}", "this file"
    else:
        told, ask = f"{len(shown):,} files {listed} are still served: {names}", "these files"
    return f"{told}. {_locks(pins)}. Please delete {ask}."


def _plain_records(shown: Sequence[PinnedFile]) -> str:
    found = dict.fromkeys(source.record_id for one in shown for source in one.verdict.sources)
    return ", ".join(list(found)[:3])


def _plain_name(name: str) -> str:
    """Return `name` as part of a file name; one that had to be changed keeps its digest beside it."""
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:100]
    return (
        cleaned
        if cleaned == name
        else f"{cleaned}-{sha256(name.encode(errors='surrogatepass')).hexdigest()[:12]}"
    )
