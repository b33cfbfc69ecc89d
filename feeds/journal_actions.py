"""What the action strings of the journal claim.

Source of the strings: warehouse (packaging/services.py, forklift/legacy.py, utils/project.py,
manage/views, admin/views). Role changes carry user names: personal data, never kept in any form.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from crawler.errors import Malformed
from crawler.model import (
    Assertion,
    Claim,
    Distribution,
    Ecosystem,
    ProjectKey,
    Record,
    Subject,
    normalize_name,
    normalize_version,
)
from feeds.fields import plain_name
from feeds.journal_wire import Entry

__all__ = ["record_of"]

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
_ROLE = re.compile(
    r"(?:add|accepted|change|declined?|invite|remove|revoke_invite) [A-Z].*", re.DOTALL
)


def record_of(entry: Entry, feed: str) -> Record | None:
    """Return the record of a journal entry, or None for a change of roles.

    The record's id is the serial. Raises Malformed for a name, date or action that is none; the
    message never repeats more than the first word of an unknown action.
    """
    if _ROLE.fullmatch(entry.action):
        return None
    when = _when(entry)
    claim, subject = _statement(entry, when)
    assertion = Assertion(
        feed=feed,
        record_id=str(entry.serial),
        subject=subject,
        claim=claim,
        valid_from=when,
        observed_at=when,
        root_source=ROOT_SOURCE,
    )
    return Record(id=assertion.record_id, assertions=(assertion,))


def _statement(entry: Entry, when: datetime) -> tuple[Claim, Subject]:
    project = _project(entry)
    claim = _OF_PROJECT.get(entry.action)
    if claim is not None:
        return claim, Subject(project=project)
    claim = _OF_RELEASE.get(entry.action)
    if claim is not None:
        return claim, Subject(project=project, version=_version(entry))
    added = _ADD_FILE.fullmatch(entry.action)
    if added is not None:
        file = Distribution(
            filename=plain_name(added[1], f"serial {entry.serial}"), uploaded_at=when.isoformat()
        )
        return Claim.CREATED, Subject(project=project, version=_version(entry), file=file)
    removed = _REMOVE_FILE.fullmatch(entry.action)
    if removed is not None:
        file = Distribution(filename=plain_name(removed[1], f"serial {entry.serial}"))
        return Claim.REMOVED, Subject(project=project, version=_version(entry), file=file)
    first_word = entry.action.split(" ", 1)[0][:40]
    msg = f"serial {entry.serial}: unknown action {first_word!a} ..."
    raise Malformed(msg)


def _project(entry: Entry) -> ProjectKey:
    name = normalize_name(Ecosystem.PYPI, entry.name)
    if name is None:
        msg = f"serial {entry.serial}: {entry.name[:60]!a} is no project name"
        raise Malformed(msg)
    return ProjectKey(ecosystem=Ecosystem.PYPI, name=name)


def _version(entry: Entry) -> str:
    if entry.version is None:
        msg = f"serial {entry.serial}: a release without version"
        raise Malformed(msg)
    version = plain_name(entry.version, f"serial {entry.serial}")
    return normalize_version(Ecosystem.PYPI, version)


def _when(entry: Entry) -> datetime:
    try:
        return datetime.fromtimestamp(entry.timestamp, UTC)
    except (ValueError, OverflowError, OSError) as error:
        msg = f"serial {entry.serial}: {entry.timestamp} is no time"
        raise Malformed(msg) from error
