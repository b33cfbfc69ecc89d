"""What a record says of a range of versions, and how far that carries.

A range with a first and a last version is as explicit as a list of those between them. One that has no
beginning or no end is so only for a release that the index knew and has taken off. Of one of the most used
projects a range is believed where the index has taken off all that lies in it: one careless bound would accuse
what everybody pins.
"""

from __future__ import annotations

from collections.abc import Sequence

from crawler.model import Assertion, IndexState, VerdictState
from crawler.model.version_ranges import has_both_ends, in_range
from crawler.verdicts.dossier import Dossier, Ruling
from crawler.verdicts.incarnations import Incarnation
from crawler.verdicts.index import IndexObservation

__all__ = ["range_ruling"]

_TAKEN_OFF = frozenset({IndexState.GONE, IndexState.QUARANTINED})


def range_ruling(
    dossier: Dossier,
    claims: Sequence[Assertion],
    incarnation: Incarnation,
    observation: IndexObservation | None,
    version: str | None = None,
) -> Ruling:
    """Rule by `claims` on ranges: on `version` that lies in them, or on one that no feed names.

    `observation` is what the index says of it.
    """
    taken_off = observation is not None and observation.state in _TAKEN_OFF
    listed = observation is not None and observation.state is IndexState.LISTED
    ranges = [claim.subject.version or "" for claim in claims]
    explicit = any(map(has_both_ends, ranges)) or (taken_off and version is not None)
    protected = dossier.protected and not (taken_off and _all_taken_off(dossier, ranges))
    doubtful = protected or (listed and not explicit and dossier.too_late(claims))
    codes = {
        "version-range": True,
        "open-range": not explicit,
        "most-used-project": protected,
        "still-listed": listed,
    }
    return Ruling(
        state=VerdictState.SUSPICIOUS if doubtful else VerdictState.MALICIOUS,
        codes=tuple(code for code, holds in codes.items() if holds),
        grounds=tuple(claims),
        explicit=explicit and not protected,
        incarnation=incarnation,
    )


def _all_taken_off(dossier: Dossier, ranges: Sequence[str]) -> bool:
    """Say whether the index has taken off every release that it knew in one of `ranges`."""
    known = [v for v in dossier.inventory.versions if any(in_range(r, v) for r in ranges)]
    seen = (dossier.index.release(version) for version in known)
    return all(one is not None and one.state in _TAKEN_OFF for one in seen)
