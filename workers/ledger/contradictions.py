"""Where what the index does and what advisories say do not agree, by the verdicts of now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from sqlalchemy import and_, func, select

from crawler.model import IndexState, VerdictState
from workers.ledger.tables import verdict

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

__all__ = ["Contradiction", "ContradictionKind", "contradictions"]


class ContradictionKind(StrEnum):
    """What does not agree."""

    QUARANTINED_UNNAMED = "quarantined-unnamed"
    NAMED_BUT_LISTED = "named-but-listed"
    WITHDRAWN = "withdrawn"

    @property
    def sentence(self) -> str:
        """What it means, for people."""
        match self:
            case ContradictionKind.QUARANTINED_UNNAMED:
                return "the index holds it in quarantine, and no advisory calls it malicious"
            case ContradictionKind.NAMED_BUT_LISTED:
                return "an advisory calls it malicious, and the index lists it"
            case ContradictionKind.WITHDRAWN:
                return "every advisory that called it malicious was taken back"
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """How many subjects there are of one kind, and the first of them."""

    kind: ContradictionKind
    subjects: int
    """Projects, releases and files."""
    projects: tuple[str, ...]
    """Some of them by name, as `pypi/name`, the newest first."""


def contradictions(conn: Connection, most: int) -> tuple[Contradiction, ...]:
    """Return what does not agree, each kind with at most `most` projects."""
    return tuple(_of_kind(conn, kind, most) for kind in ContradictionKind)


def _of_kind(conn: Connection, kind: ContradictionKind, most: int) -> Contradiction:
    these = and_(verdict.c.until.is_(None), _condition(kind))
    newest = select(verdict.c.project).where(these).group_by(verdict.c.project)
    return Contradiction(
        kind=kind,
        subjects=conn.scalar(select(func.count()).where(these)) or 0,
        projects=tuple(
            conn.scalars(
                newest.order_by(func.max(verdict.c.since).desc(), verdict.c.project).limit(most)
            )
        ),
    )


def _condition(kind: ContradictionKind) -> ColumnElement[bool]:
    match kind:
        case ContradictionKind.QUARANTINED_UNNAMED:
            return verdict.c.state == VerdictState.QUARANTINED.value
        case ContradictionKind.NAMED_BUT_LISTED:
            listed = verdict.c.body.contains(f'"index_state":"{IndexState.LISTED.value}"')
            return and_(verdict.c.state == VerdictState.MALICIOUS.value, listed)
        case ContradictionKind.WITHDRAWN:
            return verdict.c.state == VerdictState.WITHDRAWN.value
        case _:
            assert_never(kind)
