"""What is known of the past of an accused project: since when its files were there, and what else it released.

It tells a project that was never anything but malicious from one of which a release was hijacked. What no
feed has said is None; a project of which only a part of the past is known is never called innocent of more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.model import Assertion, Claim, IndexState, Level, ProjectKey, Subject, Verdict
from crawler.verdicts.index import IndexView
from crawler.verdicts.inventory import Inventory, inventory_of
from crawler.verdicts.statements import Statements, current

if TYPE_CHECKING:
    from crawler.verdicts.inventory import KnownFile

__all__ = ["ProjectPast", "past_of"]

_GONE = (Claim.REMOVED, Claim.OWNER_REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPast:
    """Answers for one project, by what stands of all that was said."""

    project: ProjectKey
    statements: Statements
    index: IndexView
    inventory: Inventory

    def uploaded(self, verdict: Verdict, filename: str | None) -> datetime | None:
        """Return when the file of that name came to the index, as the index or a feed says it.

        What a lock says of that is its owner's claim, and not asked for.
        """
        version = verdict.subject.version
        files = [f for f in self.inventory.files_of(version) if not f.unverified]
        named = [f.uploaded for f in files if f.file.filename == filename and f.uploaded]
        told = min(named, default=None) or self._begun(version)
        return None if told is None else self.statements.stated(told)

    def removed(self, verdict: Verdict) -> datetime | None:
        """Return when the index is known to have removed the release, its file or its project."""
        release = Subject(project=self.project, version=verdict.subject.version)
        subjects = [verdict.subject] if verdict.subject == release else [verdict.subject, release]
        events = [
            event.valid_from
            for subject in subjects
            if subject.level is not Level.PROJECT
            for event in self.statements.on(subject, *_GONE)
        ]
        if verdict.incarnation_until is not None:
            events.append(verdict.incarnation_until)
        return min(map(self.statements.stated, events), default=None)

    def lives(self, verdict: Verdict) -> bool | None:
        """Say whether the index lists other releases that nobody accuses; False: it lists none at all."""
        seen = self.index.project()
        if verdict.incarnation_until is not None:
            return False
        if seen is None or seen.state is IndexState.QUARANTINED:
            return None
        if seen.state is IndexState.GONE:
            return False
        listed = {v for v in self.inventory.versions if self._is_listed(v)}
        if not listed:
            return False
        return True if listed - self._accused() - {verdict.subject.version} else None

    def older_releases(self, verdict: Verdict, uploaded: datetime | None) -> int | None:
        """Return how many releases that nobody accuses were there before the one that is accused.

        None where none is known, and nothing says that the whole past of the project is.
        """
        since = verdict.incarnation_from
        others = set(self.inventory.versions) - self._accused() - {verdict.subject.version}
        older = 0
        for begun in map(self._begun, others):
            is_other_owners = since is not None and begun is not None and begun < since
            is_newer = uploaded is not None and begun is not None and begun > uploaded
            older += not is_other_owners and not is_newer
        return older if older or since is not None or self._is_told_whole() else None

    def _is_told_whole(self) -> bool:
        """Say whether a feed tells of the birth of the project, or accuses every release that it had."""
        whole = Subject(project=self.project)
        return bool(self.statements.on(whole, Claim.CREATED, Claim.MALICIOUS))

    def _is_listed(self, version: str) -> bool:
        seen = self.index.release(version)
        return seen is not None and seen.state is IndexState.LISTED

    def _accused(self) -> set[str | None]:
        accusing = (Claim.MALICIOUS, Claim.SUSPICIOUS)
        return {a.subject.version for a in self.statements.standing if a.claim in accusing}

    def _begun(self, version: str | None) -> datetime | None:
        """Return when the first file of a release came to the index."""
        created = self.statements.on(Subject(project=self.project, version=version), Claim.CREATED)
        files: Iterator[KnownFile] = (
            f for f in self.inventory.files_of(version) if not f.unverified
        )
        times = [*(a.valid_from for a in created), *(f.uploaded for f in files)]
        return min((one for one in times if one is not None), default=None)


def past_of(project: ProjectKey, assertions: Iterable[Assertion], now: datetime) -> ProjectPast:
    """Return the past of `project` by all that counts of it now (UTC)."""
    own = (said for said in assertions if said.subject.project == project)
    statements = current(own, now)
    return ProjectPast(
        project=project,
        statements=statements,
        index=IndexView(project, statements),
        inventory=inventory_of(statements),
    )
