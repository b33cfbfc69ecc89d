"""What a probe and the fetched texts amount to: one visit, or why there is none; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from crawler.errors import Blocked, Defer, GhostcrawlError, Gone, Private, Retry, TokenRefused
from crawler.model import LockBlob, Outcome, Sighting, Skipped, Visit

if TYPE_CHECKING:
    from crawler.hosts.github.api import Fault
    from crawler.hosts.github.probe import Probe
    from crawler.model import Head, Repository

__all__ = ["empty", "failed", "fault_error", "unchanged", "visited"]

_BLOCKED = re.compile(r"access blocked|\bdmca\b|\bdisabled\b", re.IGNORECASE)
_REASON = re.compile(r"\b(?:dmca|tos|sensitive[_ ]data|trademark|disabled)\b", re.IGNORECASE)


def visited(
    probe: Probe,
    head: Head,
    blobs: Mapping[str, bytes | GhostcrawlError],
    said: tuple[Skipped, ...],
) -> Visit:
    """Put a visit together; a lock that may be readable later makes the whole visit come back."""
    read: dict[str, LockBlob] = {}
    skipped = [*said, *probe.skipped]
    for lock in probe.locks:
        got = blobs.get(lock.oid)
        match got:
            case None:
                continue
            case bytes():
                read.setdefault(lock.oid, LockBlob(oid=lock.oid, path=lock.path, data=got))
            case Defer() | Blocked():
                return failed(probe.repository, got)
            case Retry() | Gone() | Private():
                return failed(probe.repository, Retry(f"{lock.path}: {got}"))
            case _:
                skipped.append(Skipped(context=lock.path, reason=str(got), at=lock.path))
    return Visit(
        repository=probe.repository,
        outcome=Outcome.VISITED,
        heads=(head,),
        sightings=tuple(
            Sighting(ref=head.ref, commit=head.commit, path=lock.path, oid=lock.oid)
            for lock in probe.locks
        ),
        blobs=tuple(read.values()),
        skipped=tuple(skipped),
        root_only=True,
    )


def unchanged(probe: Probe, head: Head, said: tuple[Skipped, ...]) -> Visit:
    """Say that the head is the one of the last visit."""
    return Visit(
        repository=probe.repository,
        outcome=Outcome.UNCHANGED,
        heads=(head,),
        skipped=said,
        root_only=True,
    )


def empty(probe: Probe) -> Visit:
    """Say that there is no commit."""
    return Visit(repository=probe.repository, outcome=Outcome.EMPTY)


def failed(repository: Repository, error: GhostcrawlError) -> Visit:
    """Say why there is no visit."""
    match error:
        case Defer():
            outcome = Outcome.DEFERRED
        case Gone():
            outcome = Outcome.GONE
        case Private():
            outcome = Outcome.PRIVATE
        case Blocked():
            outcome = Outcome.BLOCKED
        case _:
            outcome = Outcome.FAILED
    return Visit(
        repository=repository,
        outcome=outcome,
        skipped=(Skipped(context=repository.path, reason=str(error)),),
        defer_seconds=error.seconds if isinstance(error, Defer) else None,
        token_refused=str(error) if isinstance(error, TokenRefused) else "",
    )


def fault_error(faults: tuple[Fault, ...]) -> GhostcrawlError:
    """Say what the errors about one repository mean; unknown ones may pass."""
    if not faults:
        return Retry("the host left it out and gave no reason")
    for fault in faults:
        if fault.reason or _BLOCKED.search(fault.message):
            return Blocked(f"blocked by the host ({_reason(fault)})")
    fault = faults[0]
    if len(fault.path) > 1:
        return Retry(f"a lock could not be looked up: {fault.message}")
    match fault.kind:
        case "NOT_FOUND":
            return Gone(fault.message)
        case "FORBIDDEN" | "INSUFFICIENT_SCOPES":  # a private one that we may not see is NOT_FOUND
            return TokenRefused(fault.message)
        case _:
            return Retry(fault.message)


def _reason(fault: Fault) -> str:
    """Return why it is blocked, as far as GraphQL tells: a block of its own, or a word of the message."""
    found = _REASON.search(fault.message)
    return fault.reason or (found[0].lower() if found else "no reason given")
