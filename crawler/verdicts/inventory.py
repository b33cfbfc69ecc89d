"""Which releases and files of a project are known, from whatever feed spoke of them.

The name of an uploaded file is never given out twice by the index, so a name is one file; only where two
feeds give it different digests they are kept apart. A file that is only said to exist, or that was only
accused and is no longer, joins another statement's file by a digest that both name, never by its name
alone: a digest that was corrected must not go on convicting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.fields import stated_instant
from crawler.model import Assertion, Claim, Distribution, Subject
from crawler.model.version_ranges import is_range
from crawler.verdicts.known_files import believable, shares_digest
from crawler.verdicts.statements import Statements, same_file
from crawler.verdicts.withdrawals import ACCUSING

__all__ = ["Inventory", "KnownFile", "inventory_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A distribution that some feed knows."""

    subject: Subject
    """With all digests that are known, of whichever feed."""
    file: Distribution
    uploaded: datetime | None
    placed: bool = False
    """Whether `uploaded` follows the order of a feed, which is stronger than a date."""
    unverified: bool = False
    """Whether nobody tells of it but who only says that it exists."""
    withdrawn: bool = False
    """Whether nobody tells of it but who accused it once."""

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
    ranges: tuple[str, ...]
    """Of versions, as records state them (`crawler.model.version_ranges`)."""
    files: tuple[KnownFile, ...]
    by_version: Mapping[str | None, Sequence[KnownFile]]

    def files_of(self, version: str | None) -> Sequence[KnownFile]:
        """Return the files of a release; None asks for those of which the release is not known."""
        return self.by_version.get(version, ())


def inventory_of(statements: Statements) -> Inventory:
    """Return all releases and files of which anything stands or once stood."""
    withdrawn = [a for a in statements.taken_back if a.claim in ACCUSING]
    over = (a for a in statements.taken_back if a.claim not in ACCUSING)
    told = [a for a in (*statements.standing, *over) if a.claim is not Claim.KNOWN]
    files = _files(told, statements.standing, withdrawn)
    versions = {a.subject.version for a in (*told, *withdrawn)} | {f.subject.version for f in files}
    stated = sorted(v for v in versions if v is not None)
    by_version = dict[str | None, list[KnownFile]]()
    for file in files:
        by_version.setdefault(file.subject.version, []).append(file)
    return Inventory(
        versions=tuple(v for v in stated if not is_range(v)),
        ranges=tuple(v for v in stated if is_range(v)),
        files=files,
        by_version=by_version,
    )


def _files(
    told: Iterable[Assertion], standing: Iterable[Assertion], withdrawn: Iterable[Assertion]
) -> tuple[KnownFile, ...]:
    by_name = dict[str, list[KnownFile]]()
    for assertion in told:
        _add(by_name, assertion, same_file)
    files = {name: [known.file for known in of_name] for name, of_name in by_name.items()}
    for assertion in believable(standing, files):
        _add(by_name, assertion, shares_digest)
    for assertion in withdrawn:
        _add(by_name, assertion, _is_same_accused, withdrawn=True)
    return tuple(known for name in sorted(by_name) for known in by_name[name])


def _is_same_accused(one: Distribution, other: Distribution) -> bool:
    """Say whether both are the same file, as far as digests tell where both have some."""
    if one.digests and other.digests:
        return shares_digest(one, other) and same_file(one, other)
    return same_file(one, other)


def _add(
    by_name: dict[str, list[KnownFile]],
    assertion: Assertion,
    same: Callable[[Distribution, Distribution], bool],
    *,
    withdrawn: bool = False,
) -> None:
    file = assertion.subject.file
    if file is None:
        return
    files = by_name.setdefault(file.filename, [])
    new = KnownFile(
        subject=assertion.subject,
        file=file,
        uploaded=_uploaded(assertion, file),
        placed=_is_placed(assertion),
        unverified=assertion.claim is Claim.KNOWN,
        withdrawn=withdrawn,
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
    dated = [k for k in (known, new) if k.placed] or [known, new]
    times = [k.uploaded for k in dated if k.uploaded is not None]
    return KnownFile(
        subject=replace(known.subject, version=version, file=file),
        file=file,
        uploaded=min(times, default=None),
        placed=known.placed or new.placed,
        unverified=known.unverified and new.unverified,
        withdrawn=known.withdrawn and new.withdrawn,
    )


def _uploaded(assertion: Assertion, file: Distribution) -> datetime | None:
    """Return when a file was uploaded, as far as this statement knows."""
    if _is_placed(assertion):
        return assertion.valid_from
    if file.uploaded_at is not None:
        return stated_instant(file.uploaded_at)
    return assertion.valid_from if assertion.claim is Claim.CREATED else None


def _is_placed(assertion: Assertion) -> bool:
    return assertion.claim is Claim.CREATED and bool(assertion.sequence)
