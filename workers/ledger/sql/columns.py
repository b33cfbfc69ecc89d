"""Types of columns: text that both databases accept, and instants in UTC.

PostgreSQL refuses NUL and lone surrogates in text; both come out of hostile repositories (a path in
Latin-1, a description with NUL). They are replaced here, at the one border, by private-use characters
of plane 16 and so can be put back where the exact value matters.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, Text
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect

__all__ = ["Clean", "Exact", "Instant", "clean", "restore"]

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_STAND_IN = re.compile("[\U0010f000\U0010f800-\U0010ffff]")
_NUL = "\U0010f000"
_SHIFT = 0x10F800 - 0xD800


def clean(text: str) -> str:
    """Return `text` without NUL and lone surrogates; each becomes a private-use character."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(
        lambda m: _NUL if m[0] == "\0" else chr(ord(m[0]) + _SHIFT),
        text,
    )


def restore(text: str) -> str:
    """Return what `clean` was given."""
    if text.isascii():
        return text
    return _STAND_IN.sub(
        lambda m: "\0" if m[0] == _NUL else chr(ord(m[0]) - _SHIFT),
        text,
    )


class Clean(TypeDecorator[str]):
    """Text of foreign origin; what cannot be stored stays replaced when it is read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean a value on its way in."""
        del dialect
        return None if value is None else clean(value)

    def process_literal_param(self, value: str | None, dialect: Dialect) -> str:
        """Clean a value that is written into the statement itself."""
        return self.process_bind_param(value, dialect) or ""


class Exact(Clean):
    """Text that must come back as it went in: paths, which permalinks are made of."""

    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ANN401 - signature of SQLAlchemy
        """Put replaced characters back on the way out."""
        del dialect
        return None if value is None else restore(value)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, as ISO 8601 of fixed width: sorts as text, reads alike in both databases."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write `2026-11-22T15:00:00.000000Z`; ValueError for a moment without a time zone."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"a moment needs a time zone: {value}"
            raise ValueError(msg)
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - signature of SQLAlchemy
        """Read it back as an aware datetime."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)
