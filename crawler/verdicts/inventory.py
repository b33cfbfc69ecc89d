"""Which releases and files of a project are known, from whatever feed spoke of them.

The name of an uploaded file is never given out twice by the index, so a name is one file; only where two
feeds give it different digests they are kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler.model import Assertion, Claim, Distribution, Subject
from crawler.verdicts.statements import Statements, same_file

__all__ = ["Inventory", "KnownFile", "inventory_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A distribution that some feed knows."""

    subject: Subject
    """With all digests that are known, of whichever feed."""
    file: Distribution
    uploaded: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What is known of a project below its name."""

    versions: tuple[str, ...]
    files: tuple[KnownFile, ...]
    by_version: Mapping[str | None, Sequence[KnownFile]]

    def files_of(self, version: str | None) -> Sequence[KnownFile]:
        """Return the files of a release; None asks for those of which the release is not known."""
        return self.by_version.get(version, ())


def inventory_of(statements: Statements) -> Inventory:
    """Return all releases and files of which anything stands or once stood."""
    spoken = (*statements.standing, *statements.taken_back)
    files = _files(spoken)
    versions = {a.subject.version for a in spoken} | {f.subject.version for f in files}
    by_version = dict[str | None, list[KnownFile]]()
    for file in files:
        by_version.setdefault(file.subject.version, []).append(file)
    return Inventory(
        versions=tuple(sorted(v for v in versions if v is not None)),
        files=files,
        by_version=by_version,
    )


def _files(assertions: Iterable[Assertion]) -> tuple[KnownFile, ...]:
    by_name = dict[str, list[KnownFile]]()
    for assertion in assertions:
        file = assertion.subject.file
        if file is None:
            continue
        known = by_name.setdefault(file.filename, [])
        new = KnownFile(subject=assertion.subject, file=file, uploaded=_uploaded(assertion, file))
        place = next((i for i, k in enumerate(known) if same_file(k.file, file)), None)
        if place is None:
            known.append(new)
        else:
            known[place] = _merged(known[place], new)
    return tuple(known for name in sorted(by_name) for known in by_name[name])


def _merged(known: KnownFile, new: KnownFile) -> KnownFile:
    file = Distribution(
        filename=known.file.filename,
        digests=tuple(sorted({*known.file.digests, *new.file.digests})),
        url=known.file.url or new.file.url,
        uploaded_at=known.file.uploaded_at or new.file.uploaded_at,
    )
    version = known.subject.version or new.subject.version
    times = [t for t in (known.uploaded, new.uploaded) if t is not None]
    return KnownFile(
        subject=replace(known.subject, version=version, file=file),
        file=file,
        uploaded=min(times, default=None),
    )


def _uploaded(assertion: Assertion, file: Distribution) -> datetime | None:
    """Return when a file was uploaded, as far as this statement knows."""
    if file.uploaded_at is not None:
        try:
            stated = datetime.fromisoformat(file.uploaded_at)
        except ValueError:
            return None
        return stated.replace(tzinfo=stated.tzinfo or UTC)
    return assertion.valid_from if assertion.claim is Claim.CREATED else None
