"""The reminder: what was reported is still there, for a desk that has not answered. A person sends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.reporting.file_names import addressed_of
from crawler.reporting.letter import case_id, contact_line
from crawler.reporting.letter_facts import evidence_lines
from crawler.reporting.pinned_file import pinned_files
from crawler.reporting.text import code_span, prose, utc

if TYPE_CHECKING:
    from crawler.model import Report
    from crawler.reporting.interface import Edition

__all__ = ["reminder"]


def reminder(
    accused: Sequence[Report], channels: Sequence[str], reported: datetime, edition: Edition
) -> str:
    """Return the text about one repository.

    Args:
        accused: The findings of it that may stand in a letter now; at least one.
        channels: Over which the report went out, and when.
        reported: UTC; when that was last.
        edition: Who writes, and when.
    """
    return "\n\n".join(_blocks(accused, channels, reported, edition)) + "\n"


def _blocks(
    accused: Sequence[Report], channels: Sequence[str], reported: datetime, edition: Edition
) -> Iterator[str]:
    repository = accused[0].finding.repository
    pins = pinned_files(accused, {})
    days = (edition.at - reported).days
    seen = [one.evidence.verified_at for one in pins if one.evidence.verified_at is not None]
    yield f"# Reminder of our malware report: {code_span(f'{repository.host}/{repository.path}')}"
    yield (
        "To: whoever received the report\n"
        f"Sent over: {'; '.join(map(prose, channels))}\n"
        f"Case: {case_id(addressed_of(accused[0]), edition)}\n"
        f"Date: {utc(edition.at)}"
    )
    yield (
        "Please review the repository as the report asks, or tell us why you do not. It was reported to you "
        f"at {utc(reported)}, {'a day' if days == 1 else f'{days} days'} ago, and we have no answer. What the "
        f"report says of these lines was still so at {utc(max(seen, default=reported))}:"
    )
    yield "\n".join(evidence_lines(pins))
    yield contact_line(edition)
