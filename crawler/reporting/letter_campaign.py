"""What a letter about a campaign says of it: its repositories on other hosts, and what links them all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from crawler.reporting.text import code_span, prose

if TYPE_CHECKING:
    from crawler.model import CampaignLink, Repository

__all__ = ["elsewhere_blocks"]

_MOST_LINKS = 10
_MOST_REPOSITORIES = 20
"""Of one host."""


def elsewhere_blocks(
    own: Mapping[str, Repository],
    others: Mapping[str, Repository],
    links: Sequence[CampaignLink],
) -> Iterator[str]:
    """Yield paragraphs on what the desk of one host should know of the others.

    Args:
        own: Id of a case -> a repository that the letter is about.
        others: The same of repositories that letters to other hosts accuse.
        links: Those of the campaign.
    """
    if others:
        yield (
            "**The same campaign elsewhere.** Letters about these go to the desks of their hosts:\n\n"
            + "\n".join(_by_host(others))
        )
    told = [
        link
        for link in links
        if {link.first, link.second} <= own.keys() | others.keys()
        and not own.keys().isdisjoint((link.first, link.second))
    ]
    if told:
        names = {case: f"{one.host}/{one.path}" for case, one in others.items()}
        names |= {case: one.path for case, one in own.items()}
        yield "**Why they are reported together**\n\n" + "\n".join(_links(told, names))


def _by_host(others: Mapping[str, Repository]) -> Iterator[str]:
    by_host: dict[str, dict[str, Repository]] = defaultdict(dict)
    for case, one in others.items():
        by_host[one.host][case] = one
    for host, group in by_host.items():
        named = [f"{code_span(one.path)} (case {case})" for case, one in group.items()]
        more = len(named) - _MOST_REPOSITORIES
        shown = [*named[:_MOST_REPOSITORIES], *([f"{more} more"] if more > 0 else [])]
        yield f"- {code_span(host)}: {', '.join(shown)}"


def _links(links: Sequence[CampaignLink], names: Mapping[str, str]) -> Iterator[str]:
    for link in links[:_MOST_LINKS]:
        why = "; ".join(prose(reason.text) for reason in link.reasons)
        yield f"- {code_span(names[link.first])} and {code_span(names[link.second])}: {why}."
    if len(links) > _MOST_LINKS:
        yield f"- {len(links) - _MOST_LINKS} more such links are left out for length."
