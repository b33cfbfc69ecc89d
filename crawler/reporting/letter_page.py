"""The takedown letter as a page: the Markdown of the letter, by a CommonMark library that lets no HTML through.

What makes foreign text harmless is done once, in the Markdown. Besides, the library is told to take tags and
images for text, and a browser to load nothing (`page.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.letter import Letter
from crawler.reporting.page import page

if TYPE_CHECKING:
    from crawler.model import Report
    from crawler.reporting.interface import Edition

__all__ = ["LetterPages"]

_STYLE = """
body { color: #1b1f24; background: #ffffff; font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 50rem; padding: 1rem; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.2; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.25rem; margin-top: 2rem; border-top: 1px solid #8c959f; padding-top: .5rem; }
code { font: .875em ui-monospace, monospace; background: #eff1f3; padding: .1em .25em; }
li { margin: .25rem 0; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } a { color: inherit; } }
"""


class LetterPages:
    """A page for each letter."""

    def __init__(self, edition: Edition) -> None:
        """Write the pages of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the pages, in the order of the letters."""
        for letter in Letter(self._edition).render(reports):
            yield replace(
                letter,
                name=f"{letter.name.removesuffix('.md')}.html",
                text=_page(letter.text),
                kind=DocumentKind.LETTER_PAGE,
            )


def _page(markdown: str) -> str:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")
    tokens = reader.parse(markdown)
    title = next(token.content for token in tokens if token.type == "inline").replace("`", "")
    for token in tokens:
        for inner in token.children or ():
            if inner.type == "link_open":
                inner.attrSet("rel", "noreferrer noopener nofollow external")
    return page(title, _STYLE, reader.renderer.render(tokens, reader.options, {}))
