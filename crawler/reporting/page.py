"""A page that needs nothing else: no script, no font, no image from anywhere.

The policy of the page (CSP) lets a browser load nothing, and of styles only the one whose digest it names.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

__all__ = ["page"]

_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


def page(title: str, style: str, body: str) -> str:
    """Return the HTML of a page in English; `title` is any text, `style` and `body` are CSS and HTML of ours."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY.format(digest))}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            body,
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )
