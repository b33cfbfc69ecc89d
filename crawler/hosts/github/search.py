"""One page of GitHub's code search (REST, "Search code"), read at the border."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from crawler.errors import Malformed, Refused
from crawler.hosts.answers import document
from crawler.hosts.checked_names import quoted_file_path
from crawler.hosts.github.query import RESULT_CAP, halves
from crawler.hosts.interface import Hit, SearchPage
from crawler.hosts.pages import read_entries
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.github.api import GitHubApi
    from crawler.model import Query, Repository

__all__ = ["PER_PAGE", "CodeSearch"]

PER_PAGE = 100
_PATH = "/search/code"
_OID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class CodeSearch:
    """Searches code through one identity's API."""

    api: GitHubApi
    located: Callable[[str], Repository]
    """Makes a repository of `owner/name`; raises Refused for a hostile one."""

    def page(self, query: Query, text: str, number: int) -> SearchPage:
        """Return page `number`, from 1, of `text`: what `query` is in the words of the search.

        More than 1,000 results are answered with two narrower queries. Raises as `GitHubApi.get`.
        """
        asked = urlencode({"q": text, "per_page": PER_PAGE, "page": number})
        root = document(self.api.get(f"{_PATH}?{asked}", resource="code_search").body, _PATH)
        items = root.nodes("items")
        entries = ((f"items[{index}]", item) for index, item in enumerate(items))
        hits, skipped = read_entries(entries, self._hit)
        total = max(root.number("total_count"), 0)
        said = list(skipped)
        if root.flag("incomplete_results"):
            said.append(
                Skipped(context=text, reason="the search timed out; results may be missing")
            )
        narrower = halves(query) if total > RESULT_CAP else ()
        if narrower:
            return SearchPage(hits=hits, next_cursor=None, narrower=narrower, skipped=tuple(said))
        further = number * PER_PAGE < min(total, RESULT_CAP)
        if further and not items:
            said.append(Skipped(context=text, reason=f"page {number} of {total} came empty"))
            further = False
        if not further and total > RESULT_CAP:
            reason = f"{total - RESULT_CAP} results beyond the first {RESULT_CAP}; not divisible any further"
            said.append(Skipped(context=text, reason=reason))
        following = str(number + 1) if further else None
        return SearchPage(hits=hits, next_cursor=following, skipped=tuple(said))

    def _hit(self, item: JsonObject) -> Hit:
        found = item.node("repository")
        if found is None:
            raise Malformed("a result without a repository")
        name, oid, path = found.text("full_name"), item.text("sha"), item.text("path")
        if found.flag("private"):
            raise Refused(f"{name[:200]!r} is private: only public ones are looked at")
        if not _OID.fullmatch(oid):
            raise Refused(f"invalid blob id {oid[:80]!r}: expected 40 hexadecimal digits")
        quoted_file_path(path)
        repository = replace(
            self.located(name),
            native_id=str(found.number("id")),
            description=found.optional_text("description"),
        )
        return Hit(repository=repository, path=path, oid=oid)
