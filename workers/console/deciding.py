"""Decisions of forms about cases; they go the way that those of `ghostcrawl cases` go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.model import CaseClass, CaseState, move_of
from crawler.reporting.text import counted
from workers.console.interface import ActionResult, UndoStep
from workers.grounds import expiry, label, stated
from workers.ledger import case_decisions
from workers.ledger.case_changes import change, named_versions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from workers.console.interface import PageRequest
    from workers.ledger.case_changes import Decision
    from workers.ledger.cases import Case

__all__ = ["DECISIONS", "decide", "open_decisions"]

_HARMLESS = frozenset({CaseState.FALSE_POSITIVE.value, CaseState.BENIGN.value})
_VERSION = re.compile(r"[0-9]{1,18}")
_DEFAULT_EXPIRY = "90d"
"""How long findings are dismissed where the form says nothing else."""
DECISIONS: Mapping[str, str] = {
    "confirmed": "Confirm",
    "false-positive": "False positive",
    "benign": "Benign",
    "needs-look": "Needs a look",
    **{one.value: f"Class: {one.value}" for one in CaseClass},
    "note": "Note",
    "assign": "Assign",
    "undo": "Undo the last decision",
}
"""What the field `do` of a form may say, and how it is called."""


def open_decisions(one: Case) -> Mapping[str, str]:
    """Return those of `DECISIONS` that the state of a case allows."""
    states = {state.value: event for state, event in case_decisions.STATES.items()}
    return {
        word: name
        for word, name in DECISIONS.items()
        if word not in states or move_of(states[word], one.state) is not None
    }


def decide(asked: PageRequest, location: str) -> ActionResult:
    """Do what a form says about its cases, all of them or none; the browser then goes to `location`.

    Raises UsageError for a form that is not complete, and where a case was changed since the page was made.
    """
    do = asked.one("do") or ""
    write = _decision(do, asked)
    versions = dict(map(_version, asked.all("case")))
    if not versions:
        raise UsageError("no case is chosen; tick some first")

    def save(conn: Connection) -> tuple[Case, ...]:
        meant = named_versions(conn, versions)
        return change(conn, meant, write, asked.now, asked.wiring.case_policy)

    changed = asked.wiring.ledger.transaction(save)
    what = f"case {changed[0].key}" if len(changed) == 1 else counted(len(changed), "case")
    steps = tuple(UndoStep(key=one.key, version=one.version) for one in changed)
    return ActionResult(
        location=location,
        text=f"{DECISIONS[do]}: {what}",
        undo=() if do == "undo" else steps,
    )


def _version(said: str) -> tuple[str, int]:
    key, _, version = said.rpartition(".")
    if not (key and _VERSION.fullmatch(version)):
        msg = f"invalid case {said!r}: expected its id, a point and its version"
        raise UsageError(msg)
    return key, int(version)


def _decision(do: str, asked: PageRequest) -> Decision:
    """Return what a form decides about each of its cases."""
    said, until = asked.one("reason") or "", asked.one("expires")
    if do not in DECISIONS:
        raise UsageError("say what is decided: choose one of the list")
    if do == "assign":
        team = label(said, "the label")
        return lambda conn, one, now: case_decisions.assign(conn, one, team, now)
    if until is None and do in _HARMLESS:
        until = _DEFAULT_EXPIRY
    ends = None if until is None else expiry(until, asked.now, "expires")
    return _with_reason(do, stated(said, "the reason"), ends)


def _with_reason(do: str, why: str, ends: datetime | None) -> Decision:
    def write(conn: Connection, one: Case, now: datetime) -> None:
        if do == "note":
            case_decisions.note(conn, one, why, now)
        elif do == "undo":
            case_decisions.undo(conn, one, why, now)
        elif do in set(CaseClass):
            case_decisions.set_class(conn, one, CaseClass(do), why, ends, now)
        else:
            case_decisions.set_state(conn, one, CaseState(do), why, ends, now)

    return write
