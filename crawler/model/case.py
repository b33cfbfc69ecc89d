"""What a repository with findings is to whom: the made trap, or somebody's own work that was hit.

A finding says what a lock pins. A *case* is what a person decides about the repository: one per
repository, with its class, its state, and what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["CaseClass", "CaseState", "Classification", "Weight", "WeightSource"]


class CaseClass(StrEnum):
    """What a repository is; only a LURE may be asked to be taken down."""

    LURE = "lure"
    """Made around the package, so that somebody installs it."""
    VICTIM = "victim"
    """Somebody's own work that pins a release whose project was hijacked, or that was fallen for."""
    BYSTANDER = "bystander"
    """The pin is another one's: a stranger's request, a vendored copy, a fork that follows its upstream."""
    RESEARCH = "research"
    """Kept to be looked at: samples, fixtures, exercises of a scanner."""
    UNCLEAR = "unclear"
    """What was seen does not tell; a person decides."""


class CaseState(StrEnum):
    """Where a case stands. Whether a pin is live or still at the head is a fact, never a state."""

    NEW = "new"
    NEEDS_LOOK = "needs-look"
    """A person has to look: the class is unclear, or a finding has open questions."""
    CONFIRMED = "confirmed"
    """A person stands behind it, or nothing is left to ask; its class says who may be told, if anybody."""
    REPORTED = "reported"
    ACKNOWLEDGED = "acknowledged"
    """Whoever was told has answered."""
    RESOLVED = "resolved"
    """Repository, account, pin or file is gone; the event says which."""
    FALSE_POSITIVE = "false-positive"
    BENIGN = "benign"
    """True, and no harm: research, a fixture."""
    DUPLICATE = "duplicate"
    """Merged into another case."""
    REGRESSED = "regressed"
    """It was resolved, and the same file is pinned again."""


class WeightSource(StrEnum):
    """Who says what a weight stands on."""

    HOST = "host"
    """The host, of its own knowledge: when a repository was made there."""
    LOCK = "lock"
    """The lock that was read."""
    INDEX = "index"
    """The package index, and the feeds."""
    LEDGER = "ledger"
    """Other findings of this installation."""
    OWNER = "owner"
    """Whoever wrote the repository: dates of commits, texts. It may speak for a victim; for a lure one text
    counts, the task that it sets, and never enough without the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One reason for a class."""

    code: str
    """Stable; `crawler/classifying/` has the table."""
    towards: CaseClass
    weight: int
    """1 to 100, of 100 that decide."""
    source: WeightSource
    text: str
    """What was seen, as a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The class of a repository, with all that speaks for and against it."""

    case_class: CaseClass
    weights: tuple[Weight, ...]
    """The heaviest first."""
    rules: str
    """Version of the rules that added them up."""
    missing: tuple[str, ...] = ()
    """What was not looked at and would change the class if it came out otherwise, as sentences."""
    by_person: bool = False
    """Whether a person has set the class, whatever the rules say."""

    @property
    def lean(self) -> int:
        """How much more speaks for a lure than for all else; below 0 where less does."""
        return sum(
            one.weight if one.towards is CaseClass.LURE else -one.weight for one in self.weights
        )
