"""`.readthedocs.yaml`: no lock, but it names the requirements files that a build of the documentation installs.

Source: Read the Docs, "Configuration file reference" (`python.install[].requirements`, of old `requirements_file`); paths are
those below the root of the repository, where the file lies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import read_yaml
from crawler.lockfiles.python.inclusion import say_included
from crawler.lockfiles.python.run_options import RunOptions
from crawler.model import Ecosystem, LineSpan, ParseResult, Pin

__all__ = ["ReadTheDocsParser"]

_NAMES = frozenset({".readthedocs.yaml", ".readthedocs.yml", "readthedocs.yaml", "readthedocs.yml"})


class ReadTheDocsParser:
    """Reads `.readthedocs.yaml`."""

    format: Final = "readthedocs"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is a configuration of Read the Docs."""
        return path.rpartition("/")[2] in _NAMES

    def parse(self, data: bytes) -> ParseResult:
        """Return what it includes, as that of a run of pip (`crawler.lockfiles.pip_runs`)."""
        return read_yaml(data, self.format, Ecosystem.PYPI, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    del places
    named = RunOptions()
    python = root.table("python") if "python" in root.values else None
    installs = [] if python is None or "install" not in python.values else python.tables("install")
    stated = [root.values.get("requirements_file")]
    stated += [install.values.get("requirements") for _, install in installs]
    for place in stated:
        if isinstance(place, str) and place:
            say_included(root.skip, "requirements", place)
            named.includes.append(place)
    yield from named.pins(LineSpan(first=1, last=1))
