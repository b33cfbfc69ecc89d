"""Foreign text, made harmless for people's eyes: terminals, Markdown, mails."""

from __future__ import annotations

import re

__all__ = ["code_span", "defang", "plain"]

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str, keep: str = "") -> str:
    """Return `text` without control and bidirectional characters, nor workflow commands (`::`)."""
    cleaned = _UNPRINTABLE.sub(lambda m: m[0] if m[0] in keep else _REPLACEMENT, text)
    return re.sub(r"^(\s*)::", r"\1: :", cleaned, flags=re.MULTILINE)


def defang(url: str) -> str:
    """Return `url` so that no program makes a link of it: `hxxps://files[.]index[.]example/…`."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.replace('http', 'hxxp')}{separator}{host.replace('.', '[.]')}{slash}{path}"


def code_span(text: str) -> str:
    """Return `text` as a Markdown code span that its own backticks cannot leave."""
    cleaned = plain(text)
    longest = max((len(run) for run in re.findall(r"`+", cleaned)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if cleaned.startswith("`") or cleaned.endswith("`") else ""
    return f"{fence}{padding}{cleaned}{padding}{fence}"
