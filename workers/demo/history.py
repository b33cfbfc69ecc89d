"""The life of one project at the index: what happened, and so what is listed now.

State is never written by hand: the journal and the Simple API both follow from the same events. The
action strings are those of the index's own journal (warehouse: `forklift/legacy.py`,
`manage/views`, `utils/project.py`). Removal leaves the file on the file host, as the real index does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from workers.demo.distributions import sdist, wheel
from workers.demo.model import JournalEntry, WorldFile, WorldProject

__all__ = ["FIRST_SERIAL", "ProjectHistory", "journal"]

FIRST_SERIAL = 39_000_001
_OWNER = "zz-ghost-owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One journal row before it has a serial."""

    timestamp: int
    name: str
    version: str | None
    action: str


class ProjectHistory:
    """One project; times are ISO 8601 in UTC and must not go backwards."""

    def __init__(self, name: str) -> None:
        """Begin with nothing; `create` comes first."""
        self.name = name
        self.events: list[_Event] = []
        self._listed: dict[str, list[WorldFile]] = {}
        self._removed: dict[str, list[WorldFile]] = {}
        self._held: set[str | None] = set()
        self._exists = False

    def create(self, at: str) -> ProjectHistory:
        """Register the name, for the first time or again after a removal."""
        self._exists = True
        self._note(at, None, "create")
        return self._note(at, None, f"add Owner {_OWNER}")

    def upload(self, at: str, version: str, *files: WorldFile) -> ProjectHistory:
        """Add files to a release, which begins with its first file."""
        if version not in self._listed:
            self._note(at, version, "new release")
        for file in files:
            python = file.filename.split("-")[2] if file.filename.endswith(".whl") else "source"
            self._note(at, version, f"add {python} file {file.filename}")
        self._listed.setdefault(version, []).extend(files)
        return self

    def release(self, at: str, version: str) -> ProjectHistory:
        """Upload the usual pair: a wheel for every platform, and a source distribution."""
        return self.upload(
            at, version, wheel(self.name, version, at), sdist(self.name, version, at)
        )

    def remove_file(self, at: str, version: str, filename: str) -> ProjectHistory:
        """Take one file out of the index."""
        gone = [file for file in self._listed[version] if file.filename == filename]
        self._listed[version] = [f for f in self._listed[version] if f.filename != filename]
        self._removed.setdefault(version, []).extend(gone)
        return self._note(at, version, f"remove file {filename}")

    def remove_release(self, at: str, version: str) -> ProjectHistory:
        """Take a release out of the index."""
        self._removed.setdefault(version, []).extend(self._listed.pop(version))
        return self._note(at, version, "remove release")

    def remove_project(self, at: str) -> ProjectHistory:
        """Take the project out of the index; owner and administrator leave the same row."""
        for version in tuple(self._listed):
            self._removed.setdefault(version, []).extend(self._listed.pop(version))
        self._exists = False
        self._held.clear()
        return self._note(at, None, "remove project")

    def yank(self, at: str, version: str) -> ProjectHistory:
        """Yank a release: it stays listed, with the mark (PEP 592)."""
        self._listed[version] = [replace(file, yanked=True) for file in self._listed[version]]
        return self._note(at, version, "yank release")

    def quarantine(self, at: str, version: str | None = None) -> ProjectHistory:
        """Hold the project, or one release of it."""
        self._held.add(version)
        return self._note(at, version, f"{_unit(version)} quarantined")

    def clear(self, at: str, version: str | None = None) -> ProjectHistory:
        """End a quarantine without a removal."""
        self._held.discard(version)
        return self._note(at, version, f"{_unit(version)} quarantine cleared")

    def project(self) -> WorldProject:
        """Return the project as the index shows it now."""
        held = set(self._listed) if None in self._held else self._held
        unlisted = {version: tuple(files) for version, files in self._removed.items()}
        for version in (v for v in self._listed if v in held):
            unlisted[version] = (*unlisted.get(version, ()), *self._listed[version])
        listed = {v: tuple(files) for v, files in self._listed.items() if v not in held}
        return WorldProject(name=self.name, status=self._status(), listed=listed, unlisted=unlisted)

    def files(self) -> Mapping[str, tuple[WorldFile, ...]]:
        """Return every file ever uploaded, by version."""
        versions = {**self._removed, **self._listed}
        return {
            version: (*self._removed.get(version, ()), *self._listed.get(version, ()))
            for version in versions
        }

    def _status(self) -> str:
        if not self._exists:
            return "removed"
        return "quarantined" if None in self._held else "active"

    def _note(self, at: str, version: str | None, action: str) -> ProjectHistory:
        moment = int(datetime.fromisoformat(at).timestamp())
        self.events.append(_Event(timestamp=moment, name=self.name, version=version, action=action))
        return self


def _unit(version: str | None) -> str:
    return "project" if version is None else "release"


def journal(histories: Iterable[ProjectHistory]) -> tuple[JournalEntry, ...]:
    """Merge what happened to all projects into one journal with growing serials."""
    events = [event for history in histories for event in history.events]
    events.sort(key=lambda event: event.timestamp)
    return tuple(
        JournalEntry(
            name=event.name,
            version=event.version,
            timestamp=event.timestamp,
            action=event.action,
            serial=serial,
        )
        for serial, event in enumerate(events, start=FIRST_SERIAL)
    )
