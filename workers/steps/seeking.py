"""Which files a crawl looks for: locks of an ecosystem of which nobody speaks are left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from crawler import lockfiles
from workers.ledger import verdicts
from workers.steps.judging import PARSER_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Sought", "sought"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for now."""

    wanted: Callable[[str], int]
    """Says by path alone what a file is worth."""
    version: str
    """Another one where other files are wanted, or read otherwise: heads are then looked at again."""


def sought(conn: Connection) -> Sought:
    """Return what is looked for by the verdicts that stand now."""
    told = verdicts.ecosystems(conn, lockfiles.OTHER_ECOSYSTEMS.values())
    names = ",".join(sorted(told))
    return Sought(
        wanted=partial(lockfiles.crawl_worth, told=told),
        version=f"{PARSER_VERSION}+{names}" if told else PARSER_VERSION,
    )
