"""`pnpm-workspace.yaml` and `package.yaml`: no locks, but what they state exactly is installed as it stands.

Source: pnpm, "Catalogs", "Settings (pnpm-workspace.yaml)", "Config Dependencies" and "package.json" (which may be YAML).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import read_yaml
from crawler.lockfiles.javascript.npm_specifiers import override_target, stated_pin
from crawler.model import Ecosystem, LineSpan, ParseResult, Pin

__all__ = ["PackageYamlParser", "PnpmWorkspaceParser", "stated_pins"]

_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_FLAT = ("catalog", "overrides", "configDependencies")


class PnpmWorkspaceParser:
    """Reads `pnpm-workspace.yaml`."""

    format: Final = "pnpm-workspace"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of a workspace of pnpm."""
        return path.rpartition("/")[2] in {"pnpm-workspace.yaml", "pnpm-workspace.yml"}

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per tarball, checkout and exact version, flagged `manifest`; often there is none."""
        return read_yaml(data, self.format, Ecosystem.NPM, partial(stated_pins, flat=_FLAT))


class PackageYamlParser:
    """Reads `package.yaml`."""

    format: Final = "package-yaml"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is the manifest of a package in YAML."""
        return path.rpartition("/")[2] == "package.yaml"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per tarball, checkout and exact version, flagged `manifest`; often there is none."""
        return read_yaml(data, self.format, Ecosystem.NPM, _pins_of_package)


def _pins_of_package(root: TableReader, places: Places) -> Iterator[Pin]:
    yield from stated_pins(root, places, flat=(*_DEPENDENCIES, "resolutions"))
    if (pnpm := root.table("pnpm")) is not None:
        yield from stated_pins(pnpm, places, flat=_FLAT)


def stated_pins(root: TableReader, places: Places, *, flat: Iterable[str]) -> Iterator[Pin]:
    """Yield the pins of the mappings `flat` and of all catalogs and `packageExtensions` in `root`."""
    holders = [root.table(key) for key in flat]
    if (catalogs := root.table("catalogs")) is not None:
        holders += [catalogs.table(name) for name in catalogs.values]
    if (extended := root.table("packageExtensions")) is not None:
        extensions = [extended.table(name) for name in extended.values]
        holders += [one.table(key) for one in extensions if one for key in _DEPENDENCIES]
    for holder in holders:
        values = None if holder is None else holder.values
        if isinstance(values, dict):
            yield from _stated(values, places.lines(values))


def _stated(values: dict[str, object], lines: LineSpan) -> Iterator[Pin]:
    """Yield the pins of one mapping, whose `lines` are all that is known of its entries."""
    for key, value in values.items():
        target = override_target(key)
        stated = value
        if isinstance(value, dict):  # of `configDependencies`
            stated = value.get("tarball") or value.get("integrity")
        if target is not None and isinstance(stated, str):
            pin = stated_pin(target[0], stated, lines)
            yield from () if pin is None else (pin,)
