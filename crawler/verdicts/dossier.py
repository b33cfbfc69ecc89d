"""All that bears on one project, and what the judgements on its parts have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.model import (
    Assertion,
    Claim,
    Digest,
    DigestSupport,
    IndexState,
    Level,
    ProjectKey,
    Reason,
    Source,
    Subject,
    Verdict,
    VerdictState,
)
from crawler.model.version_ranges import in_range
from crawler.verdicts.incarnations import Incarnation, NameHistory, history_of
from crawler.verdicts.index import IndexObservation, IndexView
from crawler.verdicts.inventory import Inventory, KnownFile, inventory_of
from crawler.verdicts.reasons import reason
from crawler.verdicts.sources import roots_of, sources_of
from crawler.verdicts.statements import Statements, current

__all__ = ["Dossier", "Ruling", "dossier_of"]

_TIME_TO_ACT = timedelta(days=7)
"""The index removes what it is told of within hours or days. What a record without versions speaks of,
and the index still lists a week later, is more likely a mistake of the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A state with its grounds, before it is written out as a verdict."""

    state: VerdictState
    codes: tuple[str, ...]
    grounds: tuple[Assertion, ...]
    since: datetime | None = None
    """None: the earliest of the grounds."""
    explicit: bool = True
    incarnation: Incarnation | None = None
    more: tuple[Reason, ...] = ()
    """Reasons that say more than their code does."""
    against: tuple[Assertion, ...] = ()
    """What speaks against the ruling, or was overruled; named among the sources."""
    support: tuple[DigestSupport, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One project, prepared for judgement."""

    project: ProjectKey
    now: datetime
    statements: Statements
    history: NameHistory
    index: IndexView
    inventory: Inventory
    roots: Mapping[str, str]
    protected: bool
    """Whether no record may accuse the project by its name alone."""
    stating: Mapping[Digest, Sequence[Assertion]]
    """By digest, what was said of files that have it, also as those of other projects."""

    @property
    def whole(self) -> Subject:
        """The project as a subject."""
        return Subject(project=self.project)

    def blanket(self) -> tuple[Assertion, ...]:
        """Return the malicious claims on every version of the project."""
        return self.statements.on(self.whole, Claim.MALICIOUS)

    def named(self, version: str | None) -> tuple[Assertion, ...]:
        """Return the malicious claims on exactly this release; none where no version is known."""
        subject = Subject(project=self.project, version=version)
        return () if version is None else self.statements.on(subject, Claim.MALICIOUS)

    def ranged(self, version: str | None) -> tuple[Assertion, ...]:
        """Return the malicious claims on ranges of versions in which this one lies."""
        return tuple(
            claim
            for stated in self.inventory.ranges
            if version is not None and in_range(stated, version)
            for claim in self.named(stated)
        )

    def names_parts(self) -> bool:
        """Say whether a standing record names single releases or files as malicious."""
        return any(
            a.claim is Claim.MALICIOUS and a.subject.level is not Level.PROJECT
            for a in self.statements.standing
        )

    def incarnations_of_file(self, known: KnownFile) -> frozenset[Incarnation]:
        """Return the incarnation in which a file was uploaded; nothing where that is not known."""
        return frozenset(() if known.uploaded is None else (self.history.at(known.uploaded),))

    def incarnations_of_release(self, version: str | None) -> frozenset[Incarnation]:
        """Return the incarnations in which a release came into being or got a file."""
        subject = Subject(project=self.project, version=version)
        created = self.statements.on(subject, Claim.CREATED)
        files = (self.incarnations_of_file(f) for f in self.inventory.files_of(version))
        return frozenset(self.history.at(a.valid_from) for a in created).union(*files)

    def too_late(self, claims: Sequence[Assertion]) -> bool:
        """Say whether the index has had time to act on `claims` and did not."""
        return self.now - max(a.valid_from for a in claims) > _TIME_TO_ACT

    def verdict(
        self, subject: Subject, ruling: Ruling, observation: IndexObservation | None
    ) -> Verdict:
        """Write a ruling out; `observation` is the latest of the index on the subject."""
        stated, incarnation = self.statements.stated, ruling.incarnation
        since = stated(ruling.since or min(a.valid_from for a in ruling.grounds))
        return Verdict(
            subject=subject,
            state=ruling.state,
            since=since,
            reasons=(*(_reason(code, since) for code in ruling.codes), *ruling.more),
            sources=_sources(ruling, self.roots),
            index_state=IndexState.UNKNOWN if observation is None else observation.state,
            explicit=ruling.explicit,
            incarnation_from=None
            if incarnation is None or incarnation.born is None
            else stated(incarnation.born),
            incarnation_until=None
            if incarnation is None or incarnation.died is None
            else stated(incarnation.died),
            support=ruling.support,
        )


def dossier_of(
    project: ProjectKey,
    assertions: Iterable[Assertion],
    now: datetime,
    protected: Collection[ProjectKey],
) -> Dossier:
    """Prepare the dossier of `project`; of assertions on others only those on files count, by digest."""
    said = tuple(assertions)
    own = [a for a in said if a.subject.project == project]
    others = current((a for a in said if a.subject.project != project), now)
    statements = current(own, now)
    return Dossier(
        project=project,
        now=now,
        statements=statements,
        history=history_of(statements),
        index=IndexView(project, statements),
        inventory=inventory_of(statements),
        roots=roots_of(said),
        protected=project in protected,
        stating=_by_digest(statements, others),
    )


def _by_digest(*said: Statements) -> Mapping[Digest, Sequence[Assertion]]:
    """Sort what stands by the digests it states, and what the index listed once: it was of that file."""
    found = dict[Digest, list[Assertion]]()
    for statements in said:
        once = (a for a in statements.taken_back if a.claim in {Claim.CREATED, Claim.LISTED})
        for assertion in (*statements.standing, *once):
            file = assertion.subject.file
            for digest in () if file is None else file.digests:
                found.setdefault(digest, []).append(assertion)
    return found


def _sources(ruling: Ruling, roots: Mapping[str, str]) -> tuple[Source, ...]:
    """Return who says so, then who does not; one record is named once."""
    both = (*sources_of(ruling.grounds, roots), *sources_of(ruling.against, roots))
    return tuple({(source.feed, source.record_id): source for source in reversed(both)}.values())[
        ::-1
    ]


def _reason(code: str, since: datetime) -> Reason:
    dated = code in {"quarantine-cleared", "record-withdrawn", "removed", "owner-removed"}
    return reason(code, since if dated else None)
