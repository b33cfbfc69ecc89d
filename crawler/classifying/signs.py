"""What was seen of a repository with findings, as the rules of classes take it.

None always means that nobody looked, or that the answer is not known; it never counts as evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import PinHistory

__all__ = ["AccusedPin", "Signs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccusedPin:
    """One pinned file with a malicious verdict."""

    project: str
    uploaded_at: datetime | None = None
    """UTC; when the file came to the index, as the index or a feed says."""
    claimed_upload_at: datetime | None = None
    """UTC; when the lock says that it came: whoever writes a lure writes its lock."""
    accused_at: datetime | None = None
    """UTC; when the first feed named it."""
    removed_at: datetime | None = None
    """UTC; when the index took it off."""
    project_lives: bool | None = None
    """Whether the index still lists other releases of the project: a hijacked release of a living one."""
    most_used: bool = False
    """Whether the project is one of the most used."""
    meant: str | None = None
    """One of the most used projects, of which the name is one slip away; None: no such, or nobody looked."""
    older_releases: int | None = None
    """Releases of the project that nobody accuses and that are older than this one."""
    declared: bool | None = None
    """Whether a manifest, a root or another entry of the lock requires it; False: nothing does."""
    tampered: bool = False
    """Whether its entry is not as its tool writes it."""
    vendored: bool = False
    """Whether the lock lies inside the copy of another project: `vendor/`, `node_modules/`, a submodule."""
    only_in_requests: bool = False
    """Whether only pull or merge requests of strangers have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """All that the class of one repository is made of."""

    pins: tuple[AccusedPin, ...]
    """At least one."""
    created_at: datetime | None = None
    """UTC; when the host says that the repository was made there. None on plain Git servers, always."""
    pushed_at: datetime | None = None
    """UTC; of the last push, by the host."""
    fork_of: str | None = None
    upstream_pins: bool | None = None
    """Of a fork: whether its upstream pins the same."""
    archived: bool = False
    stars: int | None = None
    siblings: int | None = None
    """Other repositories of this owner that pin malicious releases of the same projects."""
    oldest_sibling_at: datetime | None = None
    """UTC; when the host made the first of them, as far as it says."""
    same_lock: int | None = None
    """Repositories of other owners with the very same lock, byte for byte."""
    lock_was_elsewhere: bool | None = None
    """Whether one of these whose date is known was made an hour or more before this one; None where none is."""
    readme_is_task: bool | None = None
    """Whether the README sets a task to a candidate; False also where there is none."""
    questions: tuple[str, ...] = ()
    """Codes of what speaks for research or fixtures (docs/findings.md): `research-repository`, `twins`."""
    history: PinHistory | None = None
    seen_at: datetime | None = None
    """UTC; when these signs were put together."""
