"""Every error of ghostcrawl, named by what the caller does next.

GhostcrawlError
├── Retry                 the same call may work in a moment (connection lost, 5xx, timeout)
├── Defer                 a quota or a host asks to wait; carries the seconds
├── GiveUp                this item will not work; record why and go on with the rest
│   ├── Refused           our own policy says no (scheme, host, redirect)
│   ├── Gone              the host says it does not exist (404, 410)
│   ├── Private           the host wants credentials (401, 403)
│   │   └── TokenRefused  it refuses our token; who asks without one may be answered
│   ├── Blocked           the host has taken it down (451)
│   ├── TooLarge          a limit on bytes, depth, entries or time was reached
│   ├── Malformed         the answer or document is not what it claims to be
│   └── Unsupported       the peer cannot do what was asked; another way may work
└── Stop                  nothing more can be done without a person
    ├── UsageError        usage error on the command line             (exit 2)
    ├── ConfigurationError  settings, credentials or permissions       (exit 4)
    ├── FeedError         a feed is missing, stale or not believable  (exit 5)
    └── StoreError        the database or the broker does not answer  (exit 6)
"""

from __future__ import annotations

__all__ = [
    "Blocked",
    "ConfigurationError",
    "Defer",
    "FeedError",
    "GhostcrawlError",
    "GiveUp",
    "Gone",
    "Malformed",
    "Private",
    "Refused",
    "Retry",
    "Stop",
    "StoreError",
    "TokenRefused",
    "TooLarge",
    "Unsupported",
    "UsageError",
]


class GhostcrawlError(Exception):
    """Base of all errors that ghostcrawl raises on purpose; the message says what to do."""


class Retry(GhostcrawlError):
    """The same call may work in a moment."""


class Defer(GhostcrawlError):
    """The work is due again in `seconds`; nobody sleeps for it."""

    def __init__(self, seconds: float, why: str) -> None:
        """Wait `seconds` (at least 0) because of `why`."""
        super().__init__(f"{why}; due again in {seconds:.0f} s")
        self.seconds = max(0.0, seconds)


class GiveUp(GhostcrawlError):
    """This item will not work; the rest goes on."""


class Refused(GiveUp):
    """Our own policy says no."""

    def __init__(self, why: str, *, asked: str = "", location: str | None = None) -> None:
        """Refuse because of `why`: an answer of the URL `asked` wanted to lead to `location`, if any."""
        super().__init__(why)
        self.asked, self.location = asked, location


class Gone(GiveUp):
    """The host says it does not exist (404, 410)."""


class Private(GiveUp):
    """The host wants credentials that we do not have (401, 403)."""


class TokenRefused(Private):
    """The host refuses our token for this item (an IP allow list, SAML), which is public perhaps."""


class Blocked(GiveUp):
    """The host has taken it down (451)."""


class TooLarge(GiveUp):
    """A limit on bytes, depth, entries or time was reached."""


class Malformed(GiveUp):
    """The answer or document is not what it claims to be."""


class Unsupported(GiveUp):
    """The peer cannot do what was asked."""


class Stop(GhostcrawlError):
    """Nothing more can be done without a person."""

    exit_code = 70


class UsageError(Stop):
    """Usage error: the command line is not understood or contradicts itself."""

    exit_code = 2


class ConfigurationError(Stop):
    """Settings, credentials or permissions are wrong."""

    exit_code = 4


class FeedError(Stop):
    """A feed is missing, stale or not believable."""

    exit_code = 5


class StoreError(Stop):
    """The database or the broker does not answer, or has another schema."""

    exit_code = 6
