"""From what a server says of its refs to the heads that a visit reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from crawler.git.interface import Heads, Limits
from crawler.model import Branches, Head, Skipped

__all__ = ["Advertised", "choose_heads"]

_BRANCH = re.compile(r"refs/heads/[^\x00-\x20\x7f~^:?*\[\\]{1,1000}")
"""The part of git-check-ref-format(1) that keeps a name harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertised:
    """A ref as the server names it."""

    name: str
    oid: str
    """Peeled."""
    target: str | None = None
    """Of a symbolic ref."""


def choose_heads(refs: Iterable[Advertised], branches: Branches, limits: Limits) -> Heads:
    """Return the heads to read, the default branch first; the rest is named as skipped.

    A server may send more refs than it was asked for: those are dropped, and no more of them is read
    than needed.
    """
    match branches:
        case Branches.DEFAULT:
            skipped: list[Skipped] = []
            for ref in _limited(refs, limits, skipped):
                if ref.name == "HEAD":
                    return Heads(heads=(_default(ref),))
            return Heads(skipped=tuple(skipped))
        case Branches.ALL:
            return _all_heads(refs, limits)
        case _:
            assert_never(branches)


def _default(ref: Advertised) -> Head:
    detached = ref.target is None or not _BRANCH.fullmatch(ref.target)
    name = "HEAD" if detached or ref.target is None else ref.target
    return Head(ref=name, commit=ref.oid, is_default=True)


def _all_heads(refs: Iterable[Advertised], limits: Limits) -> Heads:
    heads: dict[str, Head] = {}
    skipped: list[Skipped] = []
    for ref in _limited(refs, limits, skipped):
        if len(heads) >= limits.branches and ref.name not in heads:
            reason = f"more than {limits.branches} branches: the others were not read"
            skipped.append(Skipped(context="refs/heads/", reason=reason))
            break
        if ref.name == "HEAD":
            default = _default(ref)
            heads[default.ref] = default
        elif _BRANCH.fullmatch(ref.name):
            heads.setdefault(ref.name, Head(ref=ref.name, commit=ref.oid))
        elif ref.name.startswith("refs/heads/") and not skipped:
            skipped.append(Skipped(context="refs/heads/", reason="branches of forbidden names"))
    ordered = sorted(heads.values(), key=lambda head: not head.is_default)
    return Heads(heads=tuple(ordered), skipped=tuple(skipped))


def _limited(
    refs: Iterable[Advertised], limits: Limits, skipped: list[Skipped]
) -> Iterator[Advertised]:
    """Pass as many refs on as may be read; refs without end never look like an empty repository."""
    for count, ref in enumerate(refs):
        if count >= limits.refs:
            reason = f"more than {limits.refs} refs: the others were not read"
            skipped.append(Skipped(context="refs", reason=reason))
            return
        yield ref
