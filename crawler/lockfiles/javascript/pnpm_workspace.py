"""`pnpm-workspace.yaml`: no lock, but the catalogs and overrides of a workspace of pnpm.

Source: pnpm, "Catalogs" and "Settings (pnpm-workspace.yaml)".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import read_yaml
from crawler.lockfiles.javascript.npm_specifiers import override_target, stated_pin
from crawler.model import Ecosystem, LineSpan, ParseResult, Pin

__all__ = ["PnpmWorkspaceParser"]


class PnpmWorkspaceParser:
    """Reads `pnpm-workspace.yaml`."""

    format: Final = "pnpm-workspace"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of a workspace of pnpm."""
        return path.rpartition("/")[2] in {"pnpm-workspace.yaml", "pnpm-workspace.yml"}

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per tarball, checkout and exact version, flagged `manifest`; often there is none."""
        return read_yaml(data, self.format, Ecosystem.NPM, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    holders = [root.table("catalog"), root.table("overrides")]
    if (catalogs := root.table("catalogs")) is not None:
        holders += [catalogs.table(name) for name in catalogs.values]
    for holder in holders:
        values = None if holder is None else holder.values
        if isinstance(values, dict):
            yield from _stated(values, places.lines(values))


def _stated(values: dict[str, object], lines: LineSpan) -> Iterator[Pin]:
    """Yield the pins of one mapping, whose `lines` are all that is known of its entries."""
    for key, stated in values.items():
        target = override_target(key)
        if target is not None and isinstance(stated, str):
            pin = stated_pin(target[0], stated, lines)
            yield from () if pin is None else (pin,)
