"""What is known of a case as far as it may be linked with others.

None and empty always mean that it is not known, which links nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.model import CaseClass

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["CaseProfile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProfile:
    """One case. Also those that can join nothing are passed: they tell what is common among innocents."""

    case: str
    """Its id."""
    opened_at: datetime
    """UTC."""
    case_class: CaseClass | None
    """None: nobody can tell."""
    host: str
    path: str
    owner: str | None = None
    """The account on its host; None on plain Git servers, which have none."""
    files: frozenset[str] = frozenset()
    """Malicious files that it pins or pinned, by whatever names them everywhere alike."""
    locks: frozenset[str] = frozenset()
    """Blobs of the locks that pin them."""
    fork_of: str | None = None
    """Path on the same host."""
    made_at: datetime | None = None
    """UTC; when the host says that the repository was made."""
    readme: str = ""
    """Sketch of its README, see `readme_sketch`."""
    entered_at: datetime | None = None
    """UTC, by its author's clock; the commit that brought the pin."""
    utc_offset: int | None = None
    """Minutes east, of that clock."""

    @property
    def holder(self) -> str:
        """Whose it is, as far as is known: the account, else the repository itself."""
        return f"{self.host}/{self.path if self.owner is None else self.owner}"

    @property
    def is_lure(self) -> bool:
        """Whether it is a lure, around which campaigns are found."""
        return self.case_class is CaseClass.LURE

    @property
    def may_join(self) -> bool:
        """Whether it may be in a campaign at all; victims, bystanders and research never are."""
        return self.is_lure or self.case_class is CaseClass.UNCLEAR
