"""From a word of a person to the repositories that are reported together: `campaign:ID`, `owner:HOST/OWNER`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.reporting.interface import Selection
from workers.ledger.campaigns import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model import Campaign, Report
    from workers.steps.drafting import Drafts

__all__ = ["selection_of"]


def selection_of(word: str, made: Drafts, campaigns: Sequence[Campaign]) -> Selection:
    """Return what `word` selects of `made`; the ID of a campaign may be cut off. UsageError where that is nothing."""
    kind, _, name = word.partition(":")
    host, _, owner = name.partition("/")
    if kind == "campaign" and name:
        (one,) = chosen(campaigns, [name])
        keys = {member.case for member in one.members}
        return Selection(
            name=f"campaign:{one.id}",
            repositories=frozenset(n for n, key in made.edition.case_ids.items() if key in keys),
            links=one.links,
        )
    if kind == "owner" and host and owner:
        numbers = [x.repository_number for x in made.reports if _owner(x) == name.casefold()]
        if not numbers:
            msg = f"no finding is in a repository of {name!r}; `cases list` shows the repositories"
            raise UsageError(msg)
        return Selection(
            name=word.casefold(), repositories=frozenset(n for n in numbers if n is not None)
        )
    msg = f"invalid --select {word!r}: expected campaign:ID or owner:HOST/OWNER"
    raise UsageError(msg)


def _owner(report: Report) -> str:
    repository = report.finding.repository
    return f"{repository.host}/{repository.path.partition('/')[0]}".casefold()
