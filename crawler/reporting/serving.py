"""What one HEAD request tells about a file, and no more than that.

A status is what one host answered to one question at one time: RFC 9110, section 15. Only an answer of
the last day counts as the present; an absent file installs nothing, so it accuses nobody now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

from crawler.reporting.text import prose, utc

if TYPE_CHECKING:
    from crawler.model import Liveness

__all__ = ["PRESENT", "Serving", "serving_of", "serving_sentence"]

PRESENT = timedelta(days=1)
"""How long a measurement may be stated as what is so now."""
_ABSENT = {
    HTTPStatus.NOT_FOUND: "it does not serve the file",
    HTTPStatus.GONE: "it does not serve the file",
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: "it withholds the file",
}
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class Serving(Enum):
    """Whether the host of a file still serves it."""

    SERVED = "served"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    """Not asked, not answered, refused, or too long ago."""


def serving_of(check: Liveness | None, at: datetime) -> Serving:
    """Return what `check` tells at `at` (UTC)."""
    if check is None or check.status is None:
        return Serving.UNKNOWN
    if check.status in _ABSENT:
        return Serving.ABSENT
    fresh = at - check.checked_at <= PRESENT
    return Serving.SERVED if _is_success(check.status) and fresh else Serving.UNKNOWN


def serving_sentence(check: Liveness | None, at: datetime) -> str:
    """Return the sentence of a document written at `at` on what `check` tells."""
    if check is None:
        return "Whether the file is still served was not checked."
    if check.status is None:
        why = f" ({prose(check.why)})" if check.why else ""
        return f"Whether the file is still served is not known{why}."
    asked = f"a {check.method} request at {utc(check.checked_at)}"
    return f"Its host answered {_named(check.status)} to {asked}: {_meaning(check, at)}."


def _meaning(check: Liveness, at: datetime) -> str:
    status = check.status or 0
    if status in _ABSENT:
        return _ABSENT[HTTPStatus(status)]
    if serving_of(check, at) is Serving.SERVED:
        return "it still serves the file, which was not fetched"
    if _is_success(status):
        return "it served the file then, and was not asked again since"
    if status in _REFUSED:
        return "access is refused, so it is not known whether it serves the file"
    return "so it is not known whether it serves the file"


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)
