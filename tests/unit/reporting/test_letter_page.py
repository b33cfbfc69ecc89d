"""The letter as a page: what a browser makes of it, whoever wrote the text in it."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from crawler.model import Report
from crawler.reporting.interface import DocumentKind, Edition, ExportFile
from crawler.reporting.letter import Letter
from crawler.reporting.letter_page import LetterPages
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import confirmed
from tests.unit.reporting.letters import hostile as hostile_markdown
from tests.values import NOW

EDITION = Edition(at=NOW + timedelta(hours=1), contact="desk@operator.example")
_HEAD = {"html", "head", "meta", "title", "style", "body", "main"}
_TEXT = {"h1", "p", "br", "strong", "code", "ul", "li", "a"}


class Seen(HTMLParser):
    """The tags, links and texts of a page."""

    def __init__(self, page: ExportFile) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        last = self.tags[-1][0] if self.tags else ""
        self.texts[last] = self.texts.get(last, "") + data

    @property
    def links(self) -> list[str | None]:
        return [attrs["href"] for tag, attrs in self.tags if tag == "a"]


def test_the_page_has_what_the_letter_says_and_needs_nothing_else() -> None:
    (letter,) = Letter(EDITION).render([confirmed()])
    (page,) = LetterPages(EDITION).render([confirmed()])
    seen = Seen(page)

    assert page.name == "takedown-git.example-acme_task-17.html"
    assert page.kind is DocumentKind.LETTER_PAGE
    assert (page.findings, page.repository) == (letter.findings, letter.repository)
    assert seen.texts["title"].strip() == "Malware report: git.example/acme/task"
    assert seen.links == [
        "https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5",
        "https://viewer.example/project/zz-ghost-one/1.0/",
    ]
    assert "<h1>Malware report: <code>git.example/acme/task</code></h1>" in page.text
    assert "<code>hxxps://files[.]index[.]example/packages/ab/ab/" in page.text
    assert "<br />\nCase: 774812bf00ae<br />\nDate: 2026-11-22T12:00:00Z<br />" in page.text
    digest = hashlib.sha256(page.text.split("<style>")[1].split("</style>")[0].encode()).digest()
    assert f"style-src &#x27;sha256-{base64.b64encode(digest).decode()}&#x27;" in page.text
    assert "default-src &#x27;none&#x27;" in page.text


@pytest.mark.parametrize("report", [*map(hostile, TRAPS), hostile_markdown()])
def test_no_text_of_strangers_becomes_a_tag_or_a_link(report: Report) -> None:
    (page,) = LetterPages(EDITION).render([report])
    seen = Seen(page)

    assert {tag for tag, _ in seen.tags} <= _HEAD | _TEXT
    assert {name for tag, attrs in seen.tags if tag in _TEXT for name in attrs} <= {"href", "rel"}
    assert seen.links == []
