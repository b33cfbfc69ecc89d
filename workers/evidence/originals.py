"""The commits, trees and locks behind confirmed findings, as their hosts served them.

A commit names its author, so this lies apart from the ledger, is readable by this user only, goes into
nothing but a pack that a person asks for, and is removed after its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import GiveUp
from workers.evidence.archive import archive, files_in, read_archive, write_private
from workers.evidence.objects import loose

if TYPE_CHECKING:
    from crawler.git.objects import RawObject
    from crawler.model import Finding

__all__ = ["Originals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """One file per repository, path and lock: a commit that has it there, and what lies between."""

    folder: Path
    """Of this user alone."""

    def keep(self, finding: Finding, objects: Iterable[RawObject]) -> None:
        """Keep the objects that prove the sighting of a finding; raises OSError."""
        write_private(self._file(finding), archive(loose(objects)))

    def of(self, finding: Finding) -> Mapping[str, bytes] | None:
        """Return the files of the objects that prove a sighting of the same lock there; None: none are kept."""
        try:
            return files_in(read_archive(self._file(finding)))
        except (OSError, GiveUp):
            return None

    def forget(self, finding: Finding) -> None:
        """Remove what is kept of a finding."""
        self._file(finding).unlink(missing_ok=True)

    def prune(self, before: datetime) -> int:
        """Remove what was kept before a time; return how many files that were."""
        removed = 0
        for file in self.folder.iterdir():
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before:
                    file.unlink()
                    removed += 1
        return removed

    def _file(self, finding: Finding) -> Path:
        sighting = finding.sighting
        place = f"{finding.repository.clone_url}\0{sighting.path}\0{sighting.oid}"
        digest = hashlib.sha256(place.encode(errors="surrogateescape")).hexdigest()
        return self.folder / f"{digest[:40]}.zip"
