"""Repositories for which a host refuses our token, though anybody may read them: over git, without one.

An organisation may allow tokens from some addresses only, or after a single sign-on; that is a fact about
our token, not about its public repositories. Source: GitHub's documentation, "Managing allowed IP addresses",
"About authentication with SAML single sign-on".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.model import Reader, ReadRequest, Repository, Visit

__all__ = ["TokenlessReader"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenlessReader:
    """Implements `crawler.model.Reader`: visits by `api`, and by `git` where the token was refused."""

    api: Reader
    git: Reader
    """Asks without a token."""

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        """Yield one visit per repository, in order; one that was read without the token says so."""
        visits = self.api.read(repositories, request)
        for repository, brought in zip(repositories, visits, strict=True):
            yield self._again(repository, request, brought) if brought.token_refused else brought

    def _again(self, repository: Repository, request: ReadRequest, refused: Visit) -> Visit:
        (brought,) = self.git.read([repository], request)
        reason = f"the host refuses our token for it ({refused.token_refused}): read over git without one"
        said = Skipped(context=repository.path, reason=reason, at=repository.path)
        return replace(brought, skipped=(*brought.skipped, said))
