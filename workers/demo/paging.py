"""Page numbers and the Link header (RFC 8288), as GitHub and Forgejo send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from workers.demo.web import Request

__all__ = ["NumberedPage", "asked_number", "link_header"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPage:
    """One page of a list; `number` counts from 1."""

    number: int
    size: int
    total: int
    """Items that can be reached by paging."""

    @property
    def last(self) -> int:
        """Number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def start(self) -> int:
        """Index of the first item."""
        return (self.number - 1) * self.size

    @property
    def stop(self) -> int:
        """Index after the last item."""
        return min(self.start + self.size, self.total)


def asked_number(request: Request, name: str, default: int) -> int:
    """Return the number given as query parameter `name`; `default` where it is none or below 1."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else default


def link_header(url: str, query: Mapping[str, str], page: NumberedPage) -> dict[str, str]:
    """Return the header for `page`: the parameters as they were asked, only `page` replaced."""
    relations = {
        "prev": page.number - 1,
        "next": page.number + 1 if page.number < page.last else 0,
        "last": page.last if page.number < page.last else 0,
        "first": 1 if page.number > 1 else 0,
    }
    links = [
        f'<{url}?{urlencode({**query, "page": str(number)})}>; rel="{relation}"'
        for relation, number in relations.items()
        if number > 0
    ]
    return {"Link": ", ".join(links)} if links else {}
