"""Refs by what they are, and which of them a visit reads. Names: git, and what each forge writes.

Requests are GitHub's, Forgejo's, Gitee's, Pagure's and Azure's `refs/pull/N`, GitLab's `refs/merge-requests/N`,
Bitbucket Data Center's `refs/pull-requests/N`, OneDev's `refs/pulls/N`, Launchpad's `refs/merge/N`, Hugging
Face's `refs/pr/N`, Gerrit's `refs/changes/NN/N/PATCH-SET`, Phabricator's `refs/tags/phabricator/diff/N`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "REQUEST_PREFIXES",
    "RefKind",
    "Refs",
    "RequestRef",
    "is_request",
    "ref_kind",
    "request_ref",
]

REQUEST_PREFIXES = ("refs/pull", "refs/merge", "refs/pr/", "refs/changes/")
"""What the names of requests begin with, but for those that are tags."""

_REQUEST = re.compile(
    r"(refs/(?:remotes/[^/\x00-\x20]{1,100}/)?(?:pulls?|pull-requests|merge-requests|merge|pr|changes/[0-9]{2}|tags/phabricator/diff)/)"
    r"([0-9]{1,18})(?:/([A-Za-z0-9]{1,18}))?",
    re.ASCII,
)
_TIPS = {"head": 3, "from": 3, "": 2, "merge": 1, "MERGE": 1}
"""Which of the refs of one request is read: what was proposed, else what it would be merged to."""


class RefKind(StrEnum):
    """What a ref is."""

    BRANCH = "branch"
    """Also a HEAD that names no branch."""
    TAG = "tag"
    REQUEST = "request"
    """A pull or merge request, or a change: anybody may make one."""


class Refs(StrEnum):
    """Which refs a visit reads."""

    DEFAULT = "default"
    BRANCHES = "branches"
    ALL = "all"

    @property
    def kinds(self) -> frozenset[RefKind]:
        """The kinds of refs that are read in full, as far as limits allow; none for the default branch."""
        match self:
            case Refs.DEFAULT:
                return frozenset()
            case Refs.BRANCHES:
                return frozenset({RefKind.BRANCH})
            case Refs.ALL:
                return frozenset(RefKind)

    def or_more(self, other: Refs) -> Refs:
        """Return the one of both that reads more."""
        return self if self.kinds >= other.kinds else other


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRef:
    """What the name of a ref tells of a request."""

    namespace: str
    """What its name begins with: `refs/pull/`."""
    number: int
    """Newer requests have higher ones."""
    preference: tuple[int, int]
    """Of all refs of a request the one with the highest is read."""


def request_ref(name: str) -> RequestRef | None:
    """Return which request a ref belongs to; None where it is none, or none that shows what is proposed."""
    match = _REQUEST.fullmatch(name)
    if match is None:
        return None
    namespace, number, tip = match[1], int(match[2]), match[3] or ""
    changes = namespace.startswith("refs/changes/")
    if changes and not tip.isdecimal():
        return None
    if not changes and tip not in _TIPS:
        return None
    preference = (0, int(tip)) if changes else (_TIPS[tip], 0)
    return RequestRef(
        namespace="refs/changes/" if changes else namespace, number=number, preference=preference
    )


def is_request(name: str) -> bool:
    """Say whether only a request leads to what this ref names."""
    return ref_kind(name) is RefKind.REQUEST


def ref_kind(name: str) -> RefKind:
    """Return what a ref is that a visit has read."""
    if request_ref(name) is not None:
        return RefKind.REQUEST
    return RefKind.TAG if name.startswith("refs/tags/") else RefKind.BRANCH
