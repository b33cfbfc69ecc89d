"""`[registries]`: the registries whose files are looked for, and what locks write for those of other ecosystems."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from crawler.model import Ecosystem, Registry
from crawler.model.urls import redact
from workers.settings.default_registries import lock_spellings

__all__ = [
    "RegistrySection",
    "RegistryType",
    "ecosystem_of",
    "public_address",
    "registries_of",
    "with_addresses",
]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class RegistryType(StrEnum):
    """What a registry can be asked."""

    PYPI = "pypi"
    """The Simple API, and the XML-RPC journal of the public index."""
    SIMPLE = "simple"
    """The Simple API alone: piwheels, devpi, pypiserver, the package registry of a forge."""
    NPM = "npm"
    """Packuments; whose changes are asked for is the public one alone."""

    @property
    def ecosystem(self) -> Ecosystem:
        """Whose packages it has."""
        return Ecosystem.NPM if self is RegistryType.NPM else Ecosystem.PYPI


def public_address(ecosystem: Ecosystem) -> str:
    """Return the address of the public registry, as the library that carries it has it."""
    if ecosystem is Ecosystem.PYPI:
        # The same as `pypi_simple.PYPI_SIMPLE_ENDPOINT` (a test compares), which takes 0.15 s to load.
        from packageurl.contrib.purl2url import get_repo_url

        page = urlsplit(str(get_repo_url("pkg:pypi/pip") or ""))  # type: ignore[no-untyped-call] # the library has none
        return f"{page.scheme}://{page.netloc}/simple/"
    if ecosystem is Ecosystem.NPM:
        from feeds.npm.registry import npm_registry_url

        return npm_registry_url()
    msg = f"set registries.{ecosystem}.index_url: no default is known"
    raise ValueError(msg)


class RegistrySection(BaseModel):
    """`[registries.pypi]`, `[registries.npm]`: what is public here. Any other name: a further registry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: RegistryType | None = None
    """What it can be asked; default for `pypi` and `npm`: all that the public one can."""
    index_url: str = ""
    """Base of the Simple API, or of the packuments; default: the public registry of the ecosystem."""
    journal_url: str = ""
    """XML-RPC endpoint; default: `/pypi` on the host of the index."""
    file_hosts: tuple[str, ...] = ()
    """Known file hosts; those that the index itself names in its answers are added."""
    mirrors: tuple[str, ...] = ()
    """Simple API bases that serve the same files."""
    viewer_url: str | None = None
    """Where a person may look into a file without running it; default: that of the public index."""

    def asked(self, name: str) -> str:
        """Return in words what the registry of this name is asked, and where."""
        match ecosystem_of(name, self):
            case Ecosystem.PYPI:
                what = "status" if self.journal is None else "journal, quarantine and status"
            case Ecosystem.NPM if name == Ecosystem.NPM:
                what = "changes and packuments"
            case _:
                what = "nothing, pins are told apart by it"
        return f"{what}: {redact(self.index_url)}"

    @property
    def journal(self) -> str | None:
        """URL of the change journal; None where there is none."""
        if self.type is RegistryType.SIMPLE:
            return None
        parts = urlsplit(self.index_url)
        return self.journal_url or f"{parts.scheme}://{parts.netloc}/pypi"

    def registry(self, ecosystem: Ecosystem, learned_hosts: frozenset[str], name: str) -> Registry:
        """Return it in the words of the crawler; `name` is empty for the public one."""
        of_public = "https://inspector.pypi.io" if (ecosystem, name) == (Ecosystem.PYPI, "") else ""
        viewer = of_public if self.viewer_url is None else self.viewer_url
        return Registry(
            ecosystem=ecosystem,
            index_url=self.index_url,
            file_hosts=frozenset(h.lower() for h in self.file_hosts) | learned_hosts,
            mirrors=frozenset(self.mirrors),
            viewer_url=viewer.rstrip("/"),
            name=name,
        )


def ecosystem_of(name: str, section: RegistrySection) -> Ecosystem:
    """Return whose packages a registry has; raises ValueError where that is not said, or said twice."""
    known = next((one for one in Ecosystem if one == name), None)
    if section.type is None:
        if known is None:
            msg = f"set registries.{name}.type: expected one of {', '.join(RegistryType)}"
            raise ValueError(msg)
        return known
    if known is not None and known is not section.type.ecosystem:
        msg = f"invalid registries.{name}.type {section.type.value!r}: the name is that of another ecosystem"
        raise ValueError(msg)
    return section.type.ecosystem


def with_addresses(sections: Mapping[str, RegistrySection]) -> dict[str, RegistrySection]:
    """Return `sections` with the addresses of the public registries; raises ValueError for what is missing."""
    filled = dict[str, RegistrySection]()
    for name, section in sections.items():
        ecosystem = ecosystem_of(name, section)
        is_public = name == ecosystem
        if not _NAME.fullmatch(name):
            msg = (
                f"invalid registry name {name[:60]!a}: expected lower-case letters, digits and ._-"
            )
            raise ValueError(msg)
        if not is_public and not section.index_url:
            msg = f"set registries.{name}.index_url: no default is known"
            raise ValueError(msg)
        if not is_public and ecosystem.value not in sections:
            msg = (
                f"registries.{name} is a further registry, and there is no public one: add an empty table "
                f"[registries.{ecosystem}], or call this one {ecosystem} where it takes that place"
            )
            raise ValueError(msg)
        url = section.index_url or public_address(ecosystem)
        filled[name] = section.model_copy(update={"index_url": url})
    return filled


def registries_of(
    sections: Mapping[str, RegistrySection], learned_hosts: Callable[[str], frozenset[str]]
) -> dict[Ecosystem, Registry]:
    """Return the public registry of each ecosystem, with its others.

    `learned_hosts` are the file hosts that the index of a name, empty for the public one, has named itself. What a
    further index names of the public one's hosts stays the public one's: it lists files of that one.
    """
    asked_by_tools = {
        e: (public_address(e),) for e in (Ecosystem.PYPI, Ecosystem.NPM) if e not in sections
    }
    found = {
        e: _by_spelling(e, places) for e, places in {**lock_spellings(), **asked_by_tools}.items()
    }
    public_first = sorted(sections.items(), key=lambda one: one[0] != ecosystem_of(*one))
    for name, section in public_first:
        ecosystem = ecosystem_of(name, section)
        called = "" if name == ecosystem else name
        learned = learned_hosts(called) if ecosystem is Ecosystem.PYPI else frozenset[str]()
        if not called:
            found[ecosystem] = section.registry(ecosystem, learned, called)
            continue
        public = found[ecosystem]
        registry = section.registry(ecosystem, learned - public.file_hosts, called)
        found[ecosystem] = replace(public, others=(*public.others, registry))
    return found


def _by_spelling(ecosystem: Ecosystem, places: tuple[str, ...]) -> Registry:
    return Registry(
        ecosystem=ecosystem, index_url=places[0] if places else "", mirrors=frozenset(places[1:])
    )
