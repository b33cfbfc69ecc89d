"""`requirements.in` and its like: what pip-compile and uv make requirements files of, and pip takes as well.

Source: pip-tools, "Example usage for pip-compile"; the grammar is pip's (`crawler.lockfiles.python.requirements`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from crawler.lockfiles.python.inclusion import named_after_requirements
from crawler.lockfiles.python.manifests import installed_as_stated
from crawler.lockfiles.python.requirements import RequirementsParser
from crawler.model import ParseResult

__all__ = ["RequirementsInputParser"]

_DEPENDENCIES = re.compile(r"(?:.*/)?(?:deps|dependencies)(?:[._-][^/]*)?\.in", re.IGNORECASE)


class RequirementsInputParser:
    """Reads `requirements*.in`, `constraints*.in` and `requirements/*.in`."""

    format: Final = "requirements-input"
    version: Final = 2

    def wants(self, path: str) -> bool:
        """Say whether `path` is called as inputs of pip-compile are."""
        return named_after_requirements(path, (".in",)) or _DEPENDENCIES.fullmatch(path) is not None

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version, flagged `manifest`."""
        read = RequirementsParser().parse(data)
        return replace(read, format=self.format, pins=tuple(installed_as_stated(read.pins)))
