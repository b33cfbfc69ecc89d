"""From what a server says of its refs to the heads that a visit reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from typing import assert_never

from crawler.git.interface import Heads, Limits
from crawler.model import Head, RefKind, Refs, Skipped
from crawler.model.refs import REQUEST_PREFIXES, RequestRef, request_ref

__all__ = ["PREFIXES", "Advertised", "choose_heads"]

PREFIXES = {
    Refs.DEFAULT: ("HEAD",),
    Refs.BRANCHES: ("HEAD", "refs/heads/"),
    Refs.ALL: ("HEAD", "refs/heads/", "refs/tags/", *REQUEST_PREFIXES),
}
"""What a server is asked for."""
_SAFE = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]{1,1000}")
"""The part of git-check-ref-format(1) that keeps a name harmless."""
_BRANCH = re.compile(r"refs/heads/[^\x00-\x20\x7f~^:?*\[\\]{1,1000}")
_BRANCHES, _TAGS = ("refs/heads/", "refs/remotes/"), "refs/tags/"
_MOST_NAMESPACES = 32
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertised:
    """A ref as the server names it."""

    name: str
    oid: str
    """Peeled."""
    target: str | None = None
    """Of a symbolic ref."""


def choose_heads(refs: Iterable[Advertised], chosen: Refs, limits: Limits) -> Heads:
    """Return the heads to read, the default branch first; the rest is named as skipped.

    A server may send more refs than it was asked for: those are dropped, and no more of it is read
    than needed.
    """
    match chosen:
        case Refs.DEFAULT:
            skipped: list[Skipped] = []
            for ref in _limited(refs, limits, skipped):
                if ref.name == "HEAD":
                    return Heads(heads=(_default(ref),))
            return Heads(skipped=tuple(skipped))
        case Refs.BRANCHES | Refs.ALL:
            return _Choice(limits, every_kind=chosen is Refs.ALL).of(refs)
        case _:
            assert_never(chosen)


def _default(ref: Advertised) -> Head:
    detached = ref.target is None or not _BRANCH.fullmatch(ref.target)
    name = "HEAD" if detached or ref.target is None else ref.target
    return Head(ref=name, commit=ref.oid, is_default=True)


@dataclass(slots=True)
class _Choice:
    """Collects what is read of many refs."""

    limits: Limits
    every_kind: bool
    """Whether tags and requests are read beside branches."""
    branches: dict[str, Head] = field(default_factory=dict)
    tags: dict[str, Head] = field(default_factory=dict)
    requests: dict[tuple[str, int], tuple[RequestRef, Head]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    """Refs of no kind that is read, by what their names begin with."""
    left: Counter[tuple[RefKind, str, str]] = field(default_factory=Counter)
    """How many refs are left out, by what they are, where they are, and why."""

    def of(self, refs: Iterable[Advertised]) -> Heads:
        cut: list[Skipped] = []
        for ref in _limited(refs, self.limits, cut):
            if not self._take(ref):
                break
        branches = sorted(self.branches.values(), key=lambda head: not head.is_default)
        heads = (*branches, *self._newest_tags(), *self._newest_requests())
        said = (
            Skipped(context=where, reason=why, times=times)
            for (_, where, why), times in self.left.items()
        )
        others = (
            Skipped(context=where, reason="neither branch, tag nor request: not read", times=times)
            for where, times in self.others.items()
        )
        kinds = frozenset(RefKind) if cut else frozenset(kind for kind, _, _ in self.left)
        return Heads(heads=heads, skipped=(*said, *others, *cut), left_out=kinds)

    def _take(self, ref: Advertised) -> bool:
        """Keep a ref, or count it as left out; False where no more need be read."""
        request = request_ref(ref.name) if self.every_kind else None
        if ref.name == "HEAD":
            default = _default(ref)
            self.branches[default.ref] = default
        elif request is not None:
            self._request(request, ref)
        elif self.every_kind and ref.name.startswith(_TAGS):
            self._named(RefKind.TAG, ref, self.tags)
        elif ref.name.startswith(_BRANCHES):
            return self._branch(ref)
        elif self.every_kind and not ref.name.startswith(REQUEST_PREFIXES):
            self._other(ref.name)
        return True

    def _other(self, name: str) -> None:
        where = name.partition("/")[2].partition("/")
        shown = f"refs/{where[0]}{where[1]}" if _SAFE.fullmatch(name) else "refs/"
        known = shown in self.others or len(self.others) < _MOST_NAMESPACES
        self.others[shown if known else "refs/"] += 1

    def _branch(self, ref: Advertised) -> bool:
        if ref.name in self.branches:
            return True
        if len(self.branches) < self.limits.branches:
            self._named(RefKind.BRANCH, ref, self.branches)
            return True
        why = f"more than {self.limits.branches} branches: the others were not read"
        if self.every_kind or not any(reason == why for _, _, reason in self.left):
            self.left[RefKind.BRANCH, _BRANCHES[0], why] += 1
        return self.every_kind

    def _named(self, kind: RefKind, ref: Advertised, into: dict[str, Head]) -> None:
        if _SAFE.fullmatch(ref.name):
            into.setdefault(ref.name, Head(ref=ref.name, commit=ref.oid))
        else:
            what = "branches" if kind is RefKind.BRANCH else "tags"
            self.left[kind, _where(ref.name), f"{what} of forbidden names"] += 1

    def _request(self, request: RequestRef, ref: Advertised) -> None:
        key = (request.namespace, request.number)
        known = self.requests.get(key)
        if known is None or known[0].preference < request.preference:
            self.requests[key] = (request, Head(ref=ref.name, commit=ref.oid))

    def _newest_tags(self) -> Sequence[Head]:
        """Return the tags with the highest numbers in their names."""
        most = self.limits.tags
        if (left := len(self.tags) - most) > 0:
            why = f"only the newest {most} tags of a repository are read"
            self.left[RefKind.TAG, _TAGS, why] += left
        return nlargest(most, self.tags.values(), key=lambda head: _numbers(head.ref))

    def _newest_requests(self) -> Sequence[Head]:
        most = self.limits.requests
        newest = nlargest(most, self.requests, key=lambda key: key[1])
        why = f"only the newest {most} requests of a repository are read"
        for namespace, _ in self.requests.keys() - set(newest):
            self.left[RefKind.REQUEST, namespace, why] += 1
        return [self.requests[key][1] for key in newest]


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(map(int, _DIGITS.findall(name)))


def _where(name: str) -> str:
    return next(prefix for prefix in (*_BRANCHES, _TAGS) if name.startswith(prefix))


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
