"""Names of files about repositories: readable, and never the same for two of them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from crawler.reporting.interface import Addressed

if TYPE_CHECKING:
    from crawler.model import Report

__all__ = ["addressed_of", "file_stem"]

_LONGEST_HOST, _LONGEST_PATH = 60, 100
"""Characters; with what stands around them a name stays below the 255 bytes of all file systems."""


def addressed_of(report: Report) -> Addressed:
    """Return the repository of a finding as documents are addressed."""
    repository = report.finding.repository
    return Addressed(host=repository.host, path=repository.path, number=report.repository_number)


def file_stem(kind: str, about: Addressed) -> str:
    """Return `kind-host-owner_name-17`: the number tells apart what the rest of the name cannot.

    `x/y_z` and `x_y/z`, upper and lower case, and the ends of long paths look the same in it. A
    repository without a number has a digest of its host and path instead.
    """
    host, path = _plain(about.host)[:_LONGEST_HOST], _plain(about.path)[:_LONGEST_PATH]
    return f"{kind}-{host}-{path}-{_unique(about)}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)


def _unique(about: Addressed) -> str:
    if about.number is not None:
        return str(about.number)
    place = f"{about.host}\0{about.path}"
    return f"x{hashlib.sha256(place.encode(errors='surrogateescape')).hexdigest()[:12]}"
