"""What an export format is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from crawler.model import CampaignLink, Ecosystem, Registry, Report

__all__ = [
    "Addressed",
    "DocumentKind",
    "Edition",
    "ExportFile",
    "Format",
    "Renderer",
    "Selection",
    "mail_address",
]

_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Some repositories that are reported apart from all others, in one letter to each host."""

    name: str
    """What a person has asked for: `campaign:c-0123456789` or `owner:git.example/acme`."""
    repositories: frozenset[int]
    """Numbers in the ledger."""
    links: Sequence[CampaignLink] = ()
    """Why cases of a campaign belong together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """When documents are written, and by whom."""

    at: datetime
    """UTC; what was measured more than a day before is not stated as what is so now."""
    contact: str | None = None
    """Mail address of the sender; None where a person fills it in."""
    tlp: str = "TLP:AMBER"
    """To whom a reader may pass on what machines exchange (Traffic Light Protocol 2.0)."""
    registries: Mapping[Ecosystem, Registry] = field(default_factory=dict)
    """The public ones, for the links of reports to the index."""
    told: frozenset[str] = frozenset()
    """Keys of findings that were reported already, or stand in another case: no letter or notice tells only of them."""
    opted_out: frozenset[str] = frozenset()
    """`host/owner`, in lower case: who wants no notices."""
    software: Mapping[str, str] = field(default_factory=dict)
    """Host -> what it runs, by its word in the configuration: `forgejo`."""
    case_ids: Mapping[int, str] = field(default_factory=dict)
    """Numbers of repositories that have a case -> its id; any other is called after its place."""
    selection: Selection | None = None
    """What is reported; None for everything."""

    def selected(self, reports: Iterable[Report]) -> Sequence[Report]:
        """Return those of `reports` that the documents are to tell of."""
        if self.selection is None:
            return tuple(reports)
        return [one for one in reports if one.repository_number in self.selection.repositories]

    @property
    def mail(self) -> str | None:
        """The contact where it is a mail address that needs no quoting, else None."""
        return mail_address(self.contact)

    @property
    def organisation(self) -> str | None:
        """The domain of the sender's mail address; None where that is not known."""
        return None if self.mail is None else self.mail.rpartition("@")[2].lower()


def mail_address(text: str | None) -> str | None:
    """Return `text` where it is one bare mail address that needs no quoting, else None."""
    return text if text is not None and _MAIL.fullmatch(text) else None


class DocumentKind(StrEnum):
    """What a file of a report folder is."""

    FINDINGS = "findings"
    LETTER = "letter"
    LETTER_PAGE = "letter-page"
    """The same letter for a browser or a printer."""
    CORRECTION = "correction"
    """Tells whoever received a letter what of it no longer holds."""
    WITHDRAWN = "withdrawn-letter"
    """A letter as it was before it was taken back."""
    INDICATORS = "indicators"
    ADVISORY = "advisory"
    """An OSV record of one repository."""
    INDEX_REPORT = "index-report"
    """Asks a package index to delete the files of one project."""
    STIX_BUNDLE = "stix-bundle"
    MISP_EVENT = "misp-event"
    XARF_REPORT = "xarf-report"
    MAIL = "mail"
    """A letter as a mail that a person can open and send."""
    NOTICE = "notice"
    """Tells an owner whose work was hit."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Addressed:
    """The repository that a document is about; of a notice, its owner."""

    host: str
    path: str
    number: int | None
    """In the ledger; what tells two repositories apart whose names look the same in a file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One file of an export."""

    name: str
    """Path below the folder of the report, safe on every file system."""
    text: str = field(repr=False)
    """UTF-8, ends with a line feed."""
    kind: DocumentKind
    findings: tuple[str, ...]
    """Keys of the findings that it tells of."""
    repository: Addressed | None = None
    """None for a document about many."""


class Renderer(Protocol):
    """Turns reports into documents; pure: the same reports and edition give the same bytes."""

    def render(self, reports: Sequence[Report]) -> Iterable[ExportFile]:
        """Return the documents, in a stable order; what the format must not show is left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One export format: what makes its renderer, and which kinds of files are its own."""

    renderer: Callable[[Edition], Renderer]
    kinds: frozenset[DocumentKind]
    default: bool = True
    """Whether it is written where no format is named, and not only once somebody has asked for it."""
    is_for_operator: bool = False
    """Whether it tells of private repositories as well: nobody else is meant to read it."""
