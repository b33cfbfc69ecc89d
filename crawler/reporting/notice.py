"""The notice to whoever's work was hit: what their locks pin, since when that is known, how to clean them.

One for each owner on a host, however many repositories. It accuses nobody, and a person sends it, once.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from crawler.model import CaseClass
from crawler.reporting.accusation import Bar, bar_of, class_of, is_verified
from crawler.reporting.cleaning import WRITTEN_BY_A_COMMAND, remove_command, updates
from crawler.reporting.file_names import addressed_of, file_stem
from crawler.reporting.interface import Addressed, DocumentKind, ExportFile
from crawler.reporting.letter import case_id, contact_line
from crawler.reporting.letter_facts import pin_line, source_phrase
from crawler.reporting.pinned_file import pinned_files
from crawler.reporting.text import code_span, counted, utc, web_link

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import Report, Repository
    from crawler.reporting.cleaning import Update
    from crawler.reporting.interface import Edition
    from crawler.reporting.pinned_file import PinnedFile

__all__ = ["Notice", "is_opted_out", "is_owed"]

_MOST_PINS = 20


def is_owed(report: Report, edition: Edition) -> bool:
    """Say whether the owner is to be told of a finding, once it is verified."""
    victim = class_of(report) is CaseClass.VICTIM
    barred_by_class_alone = bar_of(report, edition.at) is Bar.NOT_A_LURE
    repository = report.finding.repository
    opted_out = is_opted_out(repository.host, repository.path, edition)
    return victim and barred_by_class_alone and not opted_out


def is_opted_out(host: str, path: str, edition: Edition) -> bool:
    """Say whether the owner of a repository wants no notices."""
    return f"{host}/{path.partition('/')[0]}".lower() in edition.opted_out


class Notice:
    """One notice per owner with repositories that were hit."""

    def __init__(self, edition: Edition) -> None:
        """Write the notices of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the notices, by host and owner; who has opted out gets none, nor who was told of all of it."""
        by_owner: dict[Addressed, list[Report]] = defaultdict(list)
        for report in reports:
            if is_owed(report, self._edition) and is_verified(report, self._edition.at):
                by_owner[_owner_of(report.finding.repository)].append(report)
        for owner, group in sorted(by_owner.items(), key=lambda item: _place(item[0])):
            pins = sorted(pinned_files(group, {}), key=_where)
            if self._edition.told.issuperset(one.finding.key for one in pins):
                continue
            by_key = {report.finding.key: report for report in group}
            cases = dict.fromkeys(
                case_id(addressed_of(by_key[one.finding.key]), self._edition) for one in pins
            )
            yield ExportFile(
                name=f"{file_stem('notice', owner)}.md",
                text="\n\n".join(_blocks(owner, pins, cases, self._edition)) + "\n",
                kind=DocumentKind.NOTICE,
                findings=tuple(one.finding.key for one in pins),
                repository=owner,
            )


def _owner_of(repository: Repository) -> Addressed:
    """Return who is told: the account, or of a server without accounts the repository itself."""
    owner, slash, _ = repository.path.partition("/")
    has_accounts = slash and repository.native_id is not None
    path = owner if has_accounts else repository.path
    return Addressed(host=repository.host, path=path, number=None)


def _place(about: Addressed) -> tuple[str, str]:
    return about.host, about.path


def _where(one: PinnedFile) -> tuple[str, str, int, str]:
    lines = one.evidence.lines
    first = 0 if lines is None else lines.first
    return one.finding.repository.path, one.finding.sighting.path, first, one.finding.key


def _blocks(
    owner: Addressed, pins: Sequence[PinnedFile], cases: Iterable[str], edition: Edition
) -> Iterator[str]:
    repositories = dict.fromkeys(one.finding.repository.clone_url for one in pins)
    packages = {one.project.name for one in pins}
    pinned = f"releases of {len(packages)} packages"
    if len(packages) == 1:
        pinned = f"a release of {code_span(*packages)}"
    yield f"# A malicious release in lock files of {code_span(f'{owner.host}/{owner.path}')}"
    yield (
        "To: the owner of "
        + ", ".join(map(code_span, repositories))
        + f"\nCase: {', '.join(cases)}\nDate: {utc(_last_check(pins))}"
    )
    locks = {(one.finding.repository.path, one.finding.sighting.path) for one in pins}
    these = f"the lock file {code_span(next(iter(locks))[1])}: it pins"
    if len(locks) > 1:
        where = counted(len(repositories), "repository", "repositories")
        these = f"{len(locks)} lock files in {where}: they pin"
    yield (
        f"Please update {these} {pinned} that public advisories list as malicious. This is not a complaint about "
        f"you or your work: {edition.organisation or 'we'} {'regards' if edition.organisation else 'regard'} it as affected. We compare public lock files with such advisories."
    )
    yield "**What is pinned (UTC)**\n\n" + "\n".join(_pins(pins))
    yield "**How to clean it.** In the folder of each lock:\n\n" + "\n".join(_commands(pins))
    yield (
        "Then commit the lock file in every branch that has the entry. If a manifest requires exactly this "
        "release, change that first; where only another package requires it and no other release is listed, update "
        "or remove that other package. An installer that follows the lock file may install this release: if that "
        "happened on a machine, delete the environment and the installer's cache of the package, and replace "
        "the secrets (tokens, keys, passwords) that were on the machine."
    )
    yield (
        "**Not claimed.** This notice does not say that anybody installed from these lock files. The files "
        "were neither downloaded nor opened; that they are malicious is what the advisories say."
    )
    yield "If you want no more notices of this kind, please reply and say so."
    yield contact_line(edition)


def _last_check(pins: Iterable[PinnedFile]) -> datetime:
    """Return when the entries were last seen: the date of a notice, whenever it is written."""
    return max(one.evidence.verified_at or one.evidence.collected_at for one in pins)


def _pins(pins: Sequence[PinnedFile]) -> Iterator[str]:
    for one in pins[:_MOST_PINS]:
        link = web_link(one.evidence.permalink)
        yield f"- {code_span(one.finding.repository.path)}: {pin_line(one)}."
        yield (
            f"  - Listed as malicious since {utc(one.verdict.since)} by "
            f"{source_phrase(one.verdict.sources)}."
        )
        if link is not None:
            yield f"  - <{link}>"
        yield f"  - {_seen(one)}"
    if len(pins) > _MOST_PINS:
        yield f"- {len(pins) - _MOST_PINS} more such pins are left out for length; ask for them."


def _seen(one: PinnedFile) -> str:
    verified: datetime | None = one.evidence.verified_at
    read = f"The lock was read at {utc(one.evidence.collected_at)}"
    return (
        f"{read}." if verified is None else f"{read}; the pin was still there at {utc(verified)}."
    )


def _commands(pins: Sequence[PinnedFile]) -> Iterator[str]:
    """Yield the commands of each lock and package once."""
    seen = dict.fromkeys(
        (f.repository.path, f.sighting.path, f.format, one.project.name)
        for one in pins
        for f in (one.finding,)
    )
    for repository, path, format_id, name in seen:
        lock = f"{code_span(path)} of {code_span(repository)}"
        yield f"- {lock}: {_command(format_id, path, name)}."


def _command(format_id: str, path: str, name: str) -> str:
    known = " or ".join(map(_update, updates(format_id, path, name)))
    remove = remove_command(format_id, path, name)
    if known and remove is not None:
        return (
            f"{known}; if the index lists no other release, or you do not need the package, "
            f"{code_span(remove)}"
        )
    if format_id in WRITTEN_BY_A_COMMAND:
        option = code_span(f"--upgrade-package {shlex.quote(name)}")
        return (
            f"if its first lines name the command that wrote it (pip-compile, uv pip compile), run that again "
            f"with {option}; else name another release of {code_span(name)} there"
        )
    return f"resolve {code_span(name)} again with the tool that wrote the lock file"


def _update(one: Update) -> str:
    commands = code_span(" && ".join(one.commands))
    return f"{commands} ({one.when})" if one.when else commands
