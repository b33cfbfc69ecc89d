"""`environment.yml` of conda: no lock, but pip installs the requirements in it as they stand.

Source: conda, "Creating an environment from an environment.yml file": below `pip:` stand lines of a requirements file,
options included. What conda itself installs is of no index of Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import read_yaml
from crawler.lockfiles.python.inclusion import included_in, say_included
from crawler.lockfiles.python.manifests import installed_as_stated
from crawler.lockfiles.python.requirements import RequirementsParser
from crawler.model import Ecosystem, ParseResult, Pin

__all__ = ["CondaEnvironmentParser"]

_WORD = re.compile(
    r"(?:^|[._-])(?:environments?|(?:conda)?env)(?:[._-]|$)|^(?!.*lock).*[._-]conda$"
    r"|^conda[._-](?!.*lock)(?!build|forge|lock|meta|pkg|recipe|store|verify)"
)


class CondaEnvironmentParser:
    """Reads `environment.yml`, `environment-dev.yaml`, `env.yml`, `conda_dev.yml` and their like."""

    format: Final = "conda-environment"
    version: Final = 4

    def wants(self, path: str) -> bool:
        """Say whether `path` is called as environments of conda are."""
        name = path.lower().rpartition("/")[2]
        stem = name.rpartition(".")[0]
        in_ci = path.startswith(".") and "/" in path
        named = stem == "conda" or _WORD.search(stem) is not None
        return name.endswith((".yml", ".yaml")) and named and not in_ci

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version for pip, flagged `manifest`."""
        return read_yaml(data, self.format, Ecosystem.PYPI, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    stated = root.values.get("dependencies")
    for entry in stated if isinstance(stated, list) else ():
        lines = entry.get("pip") if isinstance(entry, dict) else None
        if isinstance(lines, list):
            yield from _of_pip(lines, places, root)


def _of_pip(lines: list[object], places: Places, root: TableReader) -> Iterator[Pin]:
    """Yield the pins of what pip is given as a requirements file, each on its line of the document."""
    kept = [line.replace("\n", " ") if isinstance(line, str) else "" for line in lines]
    for number, line in enumerate(kept):
        for place in included_in(line.strip()) if line.lstrip().startswith("-") else ():
            say_included(root.skip, f"line {places.item(lines, number).first}", place)
    read = RequirementsParser().parse("\n".join(kept).encode())
    for pin in installed_as_stated(read.pins):
        number = 0 if pin.lines is None else min(pin.lines.first, len(lines)) - 1
        yield replace(pin, lines=places.item(lines, number))
