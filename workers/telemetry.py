"""Logs: one line per event, to standard error or a file, as text or JSON.

Everything that is logged may hold the words of strangers (a server's message, a file name) and, by
mistake, our own tokens. So every line, also those of libraries, is cleaned last of all: secrets are
replaced, and whatever could forge a line or steer a terminal is made visible.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TextIO, assert_never
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from crawler.errors import ConfigurationError

__all__ = ["LogStyle", "Scrubber", "configure", "printable"]

_QUIET = ("celery", "kombu", "amqp", "redis", "httpx", "httpcore", "urllib3", "github", "git")
_SECRET_KEY = re.compile(r"token|secret|passw|authorization|cookie|api_?key", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*@")
# C0, DEL and C1; zero-width and bidirectional controls (Trojan Source); line separators; surrogates.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_HIDDEN = "[secret]"
_LONGEST_TEXT = 8192
_DEEPEST = 6


class LogStyle(StrEnum):
    """How a line is written."""

    TEXT = "text"
    JSON = "json"


class Scrubber:
    """A structlog processor that removes secrets and makes control characters visible."""

    def __init__(self, secrets: Callable[[], Collection[str]] = tuple) -> None:
        """Hide the literal `secrets` in whatever spelling they are sent, and values of secret keys.

        `secrets` is asked for each event: tokens are renewed. What was a secret once stays one.
        """
        self._ask, self._known = secrets, frozenset[str]()
        self._secrets = re.compile(r"(?!)")

    def __call__(self, _logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
        """Return `event_dict`, clean."""
        self._learn(frozenset(self._ask()))
        return {self.text(str(key)): self._of(str(key), v) for key, v in event_dict.items()}

    def _learn(self, secrets: frozenset[str]) -> None:
        if secrets <= self._known:
            return
        self._known |= secrets
        spellings = {s for secret in self._known if secret for s in _spellings(secret)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def text(self, text: str) -> str:
        """Return `text` without secrets and control characters, and not endless."""
        hidden = self._secrets.sub(_HIDDEN, text)
        clean = printable(_CREDENTIALS.sub(f"{_HIDDEN}@", hidden))
        return clean if len(clean) <= _LONGEST_TEXT else f"{clean[:_LONGEST_TEXT]}[...]"

    def _of(self, key: str, value: object, depth: int = 0) -> object:
        if _SECRET_KEY.search(key) and value is not None:
            return _HIDDEN
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping) and depth < _DEEPEST:
            return {self.text(str(k)): self._of(str(k), v, depth + 1) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
            return [self._of("", entry, depth + 1) for entry in value]
        return self.text(value if isinstance(value, str) else repr(value))


def printable(text: str) -> str:
    r"""Return `text` with control characters written as escapes (`\x1b`), so that none has an effect."""
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], text)


def configure(
    *,
    style: LogStyle = LogStyle.TEXT,
    to: TextIO | Path | None = None,
    level: int = logging.INFO,
    secrets: Callable[[], Collection[str]] = tuple,
    seen: Callable[[Mapping[str, object]], None] = lambda _: None,
) -> None:
    """Send all logs, structlog's and the standard library's, to one place; called once at the start.

    `to` is a stream, a file that is appended to (made readable by its owner only), or None for
    standard error; `secrets` returns the literal values that must never be seen, as of now; `seen` is
    given each line, clean, before it is written. Raises ConfigurationError where the file cannot be written.
    """
    chain = _chain()
    handler = _Stderr() if to is None else logging.StreamHandler(_stream(to))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Scrubber(secrets),
                _shown_to(seen),
                _renderer(style),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *chain,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _chain() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _shown_to(seen: Callable[[Mapping[str, object]], None]) -> Processor:
    def show(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
        seen(event_dict)
        return event_dict

    return show


def _renderer(style: LogStyle) -> Processor:
    match style:
        case LogStyle.JSON:
            return structlog.processors.JSONRenderer(sort_keys=True)
        case LogStyle.TEXT:
            return _as_text
        case _:
            assert_never(style)


def _as_text(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> str:
    first = " ".join(str(event_dict.pop(key, "-")) for key in ("timestamp", "level", "event"))
    event_dict.pop("logger", None)
    rest = " ".join(f"{key}={_word(value)}" for key, value in sorted(event_dict.items()))
    return f"{first} {rest}".rstrip()


def _word(value: object) -> str:
    text = str(value)
    return (
        text if text and not re.search(r"[\s=\"]", text) else f'"{text.replace(chr(34), chr(39))}"'
    )


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the time, so that a line which lives there moves aside."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


def _stream(to: TextIO | Path) -> TextIO:
    if not isinstance(to, Path):
        return to
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(to, flags, 0o600)
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")
    except OSError as error:
        msg = f"the log {to} cannot be written: {error}"
        raise ConfigurationError(msg) from error


def _spellings(secret: str) -> tuple[str, ...]:
    # As it is, inside a URL, and inside a Basic Authorization header (RFC 7617) after a user name.
    data = secret.encode(errors="replace")
    basic = (base64.b64encode(b"x" * shift + data).decode() for shift in range(3))
    # The ends of base64 depend on what stands beside the secret; the middle does not.
    middles = (text[4 : -4 or None] for text in basic)
    return (secret, quote(secret, safe=""), *(m for m in middles if len(m) >= 16))  # noqa: PLR2004
