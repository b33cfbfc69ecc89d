"""Which releases and files of a project are known, from whatever feed spoke of them.

The name of an uploaded file is never given out twice by the index, so a name is one file; only where two
feeds give it different digests they are kept apart. A file that is only said to exist joins another
statement's file by a digest that both name, never by its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler.model import Assertion, Claim, Distribution, Subject
from crawler.verdicts.known_files import believable, shares_digest
from crawler.verdicts.statements import Statements, same_file

__all__ = ["Inventory", "KnownFile", "inventory_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A distribution that some feed knows."""

    subject: Subject
    """With all digests that are known, of whichever feed."""
    file: Distribution
    uploaded: datetime | None
    lent: bool = False
    """Whether nobody tells of it but who only says that it exists."""

    def is_meant_by(self, claim: Assertion) -> bool:
        """Say whether a claim on a file of this name is about these bytes, as far as digests tell."""
        named = claim.subject.file
        if named is None or not named.digests or not self.file.digests:
            return True
        return shares_digest(named, self.file)


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
    said = (*statements.standing, *statements.taken_back)
    spoken = [a for a in said if a.claim is not Claim.KNOWN]
    files = _files(spoken, statements.standing)
    versions = {a.subject.version for a in spoken} | {f.subject.version for f in files}
    by_version = dict[str | None, list[KnownFile]]()
    for file in files:
        by_version.setdefault(file.subject.version, []).append(file)
    return Inventory(
        versions=tuple(sorted(v for v in versions if v is not None)),
        files=files,
        by_version=by_version,
    )


def _files(spoken: Iterable[Assertion], standing: Iterable[Assertion]) -> tuple[KnownFile, ...]:
    by_name = dict[str, list[KnownFile]]()
    for assertion in spoken:
        _add(by_name, assertion, same_file)
    told = {name: [known.file for known in files] for name, files in by_name.items()}
    for assertion in believable(standing, told):
        _add(by_name, assertion, shares_digest)
    return tuple(known for name in sorted(by_name) for known in by_name[name])


def _add(
    by_name: dict[str, list[KnownFile]],
    assertion: Assertion,
    same: Callable[[Distribution, Distribution], bool],
) -> None:
    file = assertion.subject.file
    if file is None:
        return
    files = by_name.setdefault(file.filename, [])
    new = KnownFile(
        subject=assertion.subject,
        file=file,
        uploaded=_uploaded(assertion, file),
        lent=assertion.claim is Claim.KNOWN,
    )
    place = next((i for i, known in enumerate(files) if same(known.file, file)), None)
    if place is None:
        files.append(new)
    else:
        files[place] = _merged(files[place], new)


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
        lent=known.lent and new.lent,
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
