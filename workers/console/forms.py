"""What a browser sends: forms (`application/x-www-form-urlencoded`) of a bounded size, queries, parts of paths."""

from __future__ import annotations

import hmac
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException

from crawler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

__all__ = ["FORM_SECRET", "fields_in", "form_of", "refuse_nul"]

FORM_SECRET = "form"  # noqa: S105 - the name of a field
"""The field of each form that holds what only our own pages know."""
_LARGEST = 64 * 1024
_MOST_FIELDS = 1000


async def form_of(request: Request, secret: str) -> Mapping[str, Sequence[str]]:
    """Return the fields of a form, without its secret; UsageError for one that we have not made."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise UsageError("invalid form: expected application/x-www-form-urlencoded")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            msg = f"the form is larger than {_LARGEST:,} bytes; choose fewer cases"
            raise UsageError(msg)
    fields = dict(fields_in(body.decode("ascii", errors="replace")))
    known = "".join(fields.pop(FORM_SECRET, ()))
    if not hmac.compare_digest(known.encode(errors="replace"), secret.encode()):
        raise UsageError("the form is of an earlier start of the console; load its page again")
    return fields


def refuse_nul(name: str, value: str) -> None:
    """Raise HTTPException (400) where a value holds what no text of PostgreSQL can: it is not asked for it."""
    if "\0" in value:
        shown = name[:60].replace("\0", "")
        why = f"invalid value of {shown!r}: it contains a NUL character; send it without"
        raise HTTPException(HTTPStatus.BAD_REQUEST, why)


def fields_in(query: str) -> Mapping[str, Sequence[str]]:
    """Return the fields of a query or a form, by name.

    Raises UsageError for one that cannot be read, HTTPException (400) for one with a NUL character.
    """
    fields: dict[str, list[str]] = defaultdict(list)
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        msg = f"more than {_MOST_FIELDS} fields were sent; choose fewer cases"
        raise UsageError(msg) from error
    for name, value in pairs:
        refuse_nul(name, f"{name}{value}")
        fields[name].append(value)
    return fields
