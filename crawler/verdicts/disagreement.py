"""Where one says it is malicious and another has taken that back, a reader must see who says what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from crawler.model import Assertion, Reason, Subject, VerdictState
from crawler.verdicts.dossier import Dossier, Ruling
from crawler.verdicts.sources import root_of
from crawler.verdicts.withdrawals import ACCUSING

__all__ = ["note_disagreement"]

_ACCUSED = frozenset({VerdictState.MALICIOUS, VerdictState.SUSPICIOUS})
_MOST_NAMED = 3


def note_disagreement(dossier: Dossier, subject: Subject, ruling: Ruling) -> Ruling:
    """Return `ruling`; where an independent source took back the same, with that source and a reason.

    A record that was withdrawn while another of the same feed and the same root stands was a duplicate.
    """
    if ruling.state not in _ACCUSED:
        return ruling
    roots = {root_of(a, dossier.roots) for a in ruling.grounds}
    feeds = {a.feed for a in ruling.grounds}
    opposed = tuple(
        a
        for a in _taken_back(dossier, subject, ruling)
        if root_of(a, dossier.roots) not in roots or a.feed not in feeds
    )
    if not opposed:
        return ruling
    return replace(ruling, against=opposed, more=(*ruling.more, _reason(opposed)))


def _taken_back(dossier: Dossier, subject: Subject, ruling: Ruling) -> Iterable[Assertion]:
    about = dict.fromkeys((subject, *(a.subject for a in ruling.grounds)))
    found = (a for s in about for a in dossier.statements.taken_back_on(s, *sorted(ACCUSING)))
    return dict.fromkeys(found)


def _reason(opposed: Iterable[Assertion]) -> Reason:
    records = sorted({f"{a.record_id} ({a.feed})" for a in opposed})
    named = ", ".join(records[:_MOST_NAMED]) + (", ..." if len(records) > _MOST_NAMED else "")
    text = f"The feeds disagree: withdrawn were {named}; the other records named here stand."
    return Reason(code="feeds-disagree", text=text)
