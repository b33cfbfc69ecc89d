"""The list of a cgit, page by page, as version 1.2.3 writes it; repositories come and go."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from tests.servers.api import Asked, Reply

__all__ = ["CgitPages", "html_reply", "row"]


def html_reply(text: str, status: int = 200) -> Reply:
    headers = {"content-type": "text/html; charset=UTF-8"}
    return Reply(status=status, headers=headers, body=text.encode("utf-8", "surrogateescape"))


def row(link: str) -> str:
    """One row of the table; its second link, which nobody may follow, leads elsewhere."""
    return (
        f"<tr><td class='toplevel-repo'><a href='{link}'>{escape(link)}</a></td>"
        f"<td><a href='https://elsewhere.example/'>Unnamed repository\n</a></td>"
        f"<td><a href='/cgit/?q=somebody'>somebody</a></td><td></td></tr>\n"
    )


@dataclass(slots=True, kw_only=True)
class CgitPages:
    """Answers `/cgit/?s=name&ofs=N`."""

    names: list[str] = field(default_factory=list)
    per_page: int = 50

    def __call__(self, asked: Asked) -> Reply:
        if asked.path != "/cgit/" or asked.query.get("s") != "name":
            return html_reply("<div class='error'>No repositories found</div>", status=404)
        offset = int(asked.query.get("ofs", "0"))
        names = sorted(self.names, key=str.lower)[offset : offset + self.per_page]
        rows = "".join(row(f"/cgit/{quote(name, safe='/&+')}/") for name in names)
        return html_reply(self.page(rows, self._pager(offset)))

    @staticmethod
    def page(rows: str, pager: str = "") -> str:
        return (
            "<!DOCTYPE html>\n<html lang='en'>\n<head>\n<title>Git repository browser</title>\n"
            "<meta name='generator' content='cgit v1.2.3'/>\n</head>\n<body>\n"
            "<div id='cgit'><table id='header'>\n<tr>\n<td class='logo' rowspan='2'>"
            "<a href='/cgit/'><img src='/cgit.png' alt='cgit logo'/></a></td></tr></table>\n"
            "<div class='content'><table summary='repository list' class='list nowrap'>"
            "<tr class='nohover'><th class='left'><a href='/cgit/?s=name'>Name</a></th></tr>\n"
            f"{rows}</table>{pager}</div>\n</div>\n</body>\n</html>\n"
        )

    def _pager(self, offset: int) -> str:
        if len(self.names) <= self.per_page:
            return ""
        starts = range(0, len(self.names), self.per_page)
        links = [
            f"<li><a title='Page {number}'{' class=current' * (start == offset)} href='/cgit/?s=name"
            f"{f'&amp;ofs={start}' if start else ''}'>[{number}]</a></li>"
            for number, start in enumerate(starts, start=1)
        ]
        return f"<ul class='pager'>{''.join(links)}</ul>"
