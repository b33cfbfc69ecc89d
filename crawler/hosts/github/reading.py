"""Reads the repositories of one page of a list: which there are, and what is at their roots; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.errors import GiveUp, Malformed, Refused
from crawler.hosts.github.probe import Probe, probe_of
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.github.probe import Located
    from crawler.model import Repository

__all__ = ["Reading"]

_Read = tuple[tuple["Repository", ...], tuple[Probe, ...], tuple[Skipped, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a page is to be read."""

    located: Located
    paths: Mapping[str, str]
    """Alias -> path of the files that were asked for by name."""
    wanted: Callable[[str], int] | None
    """Which names at the root count; None: no root was asked for."""
    unsure: frozenset[str]
    """Indices of repositories about which the host reported an error."""

    def of(self, nodes: Sequence[Node | None]) -> _Read:
        """Return the repositories, the probes of those whose root is sure, and what is left out."""
        repositories: list[Repository] = []
        probes: list[Probe] = []
        skipped: list[Skipped] = []
        for index, node in enumerate(nodes):
            where = f"search.nodes[{index}]"
            try:
                bare = self._bare(node)
                repositories.append(bare.repository)
                if str(index) not in self.unsure and node is not None:
                    probe = probe_of(node, self.paths, self.located, self.wanted)
                    probes.append(probe if self.wanted else probe.with_names_only())
            except GiveUp as error:
                skipped.append(Skipped(context=where, reason=str(error)))
        return tuple(repositories), tuple(probes), tuple(skipped)

    def _bare(self, node: Node | None) -> Probe:
        """Read the repository without its files; raises GiveUp for one that is not listed."""
        if node is None or not node.fields:
            raise Malformed("the host left it out")
        bare = probe_of(node, {}, self.located)
        if bare.private:
            raise Refused("private: only public repositories are listed")
        return bare
