"""`[registries]`: the public registries, whose files are looked for."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from crawler.model import Ecosystem, Registry

__all__ = ["RegistrySection", "public_address"]


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
    """`[registries.pypi]`, `[registries.npm]`: what is public here, and who serves its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index_url: str = ""
    """Base of the Simple API, or of the packuments; default: the public registry of the ecosystem."""
    journal_url: str = ""
    """XML-RPC endpoint; default: `/pypi` on the host of the index."""
    file_hosts: tuple[str, ...] = ()
    """Known file hosts; those that the index itself names in its answers are added."""
    mirrors: tuple[str, ...] = ()
    """Simple API bases that serve the same files."""
    viewer_url: str = "https://inspector.pypi.io"
    """Where a person may look into a file without running it."""

    def registry(self, ecosystem: Ecosystem, learned_hosts: frozenset[str]) -> Registry:
        """Return it in the words of the crawler."""
        return Registry(
            ecosystem=ecosystem,
            index_url=self.index_url,
            file_hosts=frozenset(h.lower() for h in self.file_hosts) | learned_hosts,
            mirrors=frozenset(self.mirrors),
            viewer_url=self.viewer_url.rstrip("/"),
        )

    @property
    def journal(self) -> str:
        """URL of the change journal."""
        parts = urlsplit(self.index_url)
        return self.journal_url or f"{parts.scheme}://{parts.netloc}/pypi"
