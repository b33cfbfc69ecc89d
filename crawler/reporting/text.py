"""Foreign text, made harmless for people's eyes: terminals, Markdown, mails."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

__all__ = [
    "ascii_url",
    "code_span",
    "counted",
    "defang",
    "defang_all",
    "plain",
    "prose",
    "utc",
    "web_link",
    "without_folders",
]

_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_URL = re.compile(r"(?:https?|ftp)://[^\s<>]+", re.IGNORECASE)
_WEB_LINK = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::[0-9]{1,5})?(?:[/?#][!#-;=?-_a-z{|}~]{0,4000})?"
)
"""What stays one link in Markdown, to the host that it shows: printable ASCII but `"`, `<`, `>` and
backticks, and no user before the host."""
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!&~])")
_LOCAL = re.compile(r"(?:file|bigquery|misp|stix):|(?=/|~|\.\.?/)")
"""A feed that is read from a path of this machine, or a path."""
_IN_URLS = "!#$%&'()*+,/:;=?@[]~"
"""What a URL may hold unescaped: RFC 3986, section 2.2, and the percent sign of what is escaped already."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Return `1 lock` or `1,200 locks`; `things` is the plural of what does not just take an s."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def plain(text: str, keep: str = "") -> str:
    """Return `text` without control and bidirectional characters, nor workflow commands (`::`)."""
    cleaned = _UNPRINTABLE.sub(lambda m: m[0] if m[0] in keep else _REPLACEMENT, text)
    return re.sub(r"^(\s*)::", r"\1: :", cleaned, flags=re.MULTILINE)


def defang(url: str) -> str:
    """Return `url` so that no program makes a link of it: `hxxps://files[.]index[.]example/…`."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    harmless = re.sub("http", "hxxp", scheme, flags=re.IGNORECASE)
    return f"{harmless}{separator}{host.replace('.', '[.]')}{slash}{path}"


def ascii_url(url: str) -> str:
    """Return `url` with everything escaped that no URL may hold, for what reads URLs strictly."""
    return quote(url, safe=_IN_URLS, errors="surrogatepass")


def code_span(text: str) -> str:
    """Return `text` as a Markdown code span that its own backticks cannot leave."""
    cleaned = plain(text)
    longest = max((len(run) for run in re.findall(r"`+", cleaned)), default=0)
    fence = "`" * (longest + 1)
    padding = " " if cleaned.startswith("`") or cleaned.endswith("`") else ""
    return f"{fence}{padding}{cleaned}{padding}{fence}"


def defang_all(text: str) -> str:
    """Return `text` with every URL in it defanged."""
    return _URL.sub(lambda found: defang(found[0]), text)


def prose(text: str) -> str:
    """Return a sentence that may quote strangers as Markdown that shows it as it stands."""
    return _MARKUP.sub(r"\\\1", defang_all(plain(text)))


def web_link(url: str | None) -> str | None:
    """Return `url` where it is an http(s) address that Markdown can take as it stands, else None."""
    return url if url is not None and _WEB_LINK.fullmatch(url) else None


def without_folders(source: str) -> str:
    """Return the name of a feed, source or record without folders of this machine: `file:own.jsonl`."""
    local = _LOCAL.match(source)
    return (
        source
        if local is None
        else f"{local[0]}{source[local.end() :].rstrip('/').rpartition('/')[2]}"
    )


def utc(moment: datetime) -> str:
    """Return `moment` (aware) as ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
