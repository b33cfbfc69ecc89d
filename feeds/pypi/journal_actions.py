"""What the action strings of the journal claim.

Source of the strings: warehouse (packaging/services.py, forklift/legacy.py, utils/project.py,
manage/views, admin/views). Changes of roles and of accounts carry names of people: personal data, never
kept in any form. What an entry says may be such a name wherever it is not understood, so no message here
repeats any of it: the serial leads whoever wants to know to the journal.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from crawler.errors import Malformed
from crawler.fields import plain_name
from crawler.model import (
    Assertion,
    Claim,
    Distribution,
    Ecosystem,
    ProjectKey,
    Subject,
    normalize_name,
    normalize_version,
)
from feeds.pypi.journal_wire import JournalRow

__all__ = ["assertion_of"]

ROOT_SOURCE = "pypi"
_OF_PROJECT = {
    "create": Claim.CREATED,
    "remove project": Claim.REMOVED,
    "project quarantined": Claim.QUARANTINED,
    "project quarantine cleared": Claim.QUARANTINE_CLEARED,
}
_OF_RELEASE = {
    "new release": Claim.CREATED,
    "remove release": Claim.REMOVED,
    "yank release": Claim.YANKED,
    "unyank release": Claim.UNYANKED,
    "release quarantined": Claim.QUARANTINED,
    "release quarantine cleared": Claim.QUARANTINE_CLEARED,
}
_ADD_FILE = re.compile(r"add \S+ file (\S+)", re.ASCII)
_REMOVE_FILE = re.compile(r"remove file (\S+)", re.ASCII)
_OF_PEOPLE = re.compile(
    r"(?:add|accepted|change|declined?|invite|remove|revoke_invite) [A-Z].*|nuke user", re.DOTALL
)
_ACCOUNT = "user:"
"""How the name of an entry begins that is about an account and not about a project."""


def assertion_of(entry: JournalRow, feed: str, row: int, registry: str = "") -> Assertion | None:
    """Return what an entry of the journal of `registry` claims, or None where it is about people.

    The record's id is the serial; `row` counts the entries of one serial. Raises Malformed for a name,
    date or action that is none.
    """
    if not entry.version and _is_of_people(entry):
        return None
    when = _when(entry)
    claim, subject = _statement(entry, when)
    if registry:
        subject = replace(subject, project=replace(subject.project, registry=registry))
    return Assertion(
        feed=feed,
        record_id=str(entry.serial),
        subject=subject,
        claim=claim,
        valid_from=when,
        observed_at=when,
        root_source=registry or ROOT_SOURCE,
        sequence=(entry.serial, row),
    )


def _is_of_people(entry: JournalRow) -> bool:
    return entry.name.startswith(_ACCOUNT) or _OF_PEOPLE.fullmatch(entry.action) is not None


def _statement(entry: JournalRow, when: datetime) -> tuple[Claim, Subject]:
    project = _project(entry)
    claim = _OF_PROJECT.get(entry.action)
    if claim is not None:
        return claim, Subject(project=project)
    claim = _OF_RELEASE.get(entry.action)
    if claim is not None:
        return claim, Subject(project=project, version=_version(entry))
    added = _ADD_FILE.fullmatch(entry.action)
    if added is not None:
        file = Distribution(filename=_plain(added[1], "file name"), uploaded_at=when.isoformat())
        return Claim.CREATED, Subject(project=project, version=_version(entry), file=file)
    removed = _REMOVE_FILE.fullmatch(entry.action)
    if removed is not None:
        file = Distribution(filename=_plain(removed[1], "file name"))
        return Claim.REMOVED, Subject(project=project, version=_version(entry), file=file)
    msg = "unknown action"
    raise Malformed(msg)


def _project(entry: JournalRow) -> ProjectKey:
    name = normalize_name(Ecosystem.PYPI, entry.name)
    if name is None:
        msg = "invalid project name"
        raise Malformed(msg)
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=name)


def _version(entry: JournalRow) -> str:
    if not entry.version:
        msg = "a release or file without version"
        raise Malformed(msg)
    return normalize_version(Ecosystem.PYPI, _plain(entry.version, "version"))


def _plain(text: str, what: str) -> str:
    try:
        return plain_name(text, what)
    except Malformed:
        msg = f"invalid {what}"
        raise Malformed(msg) from None  # the cause quotes the text


def _when(entry: JournalRow) -> datetime:
    try:
        return datetime.fromtimestamp(entry.timestamp, UTC)
    except (ValueError, OverflowError, OSError) as error:
        msg = "invalid time"
        raise Malformed(msg) from error
