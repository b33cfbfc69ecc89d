r"""URLs in locks: what may be kept of them, and the one spelling in which they are compared.

An installer reads a URL the WHATWG way (url.spec.whatwg.org, "URL parsing"): TAB, CR and LF vanish,
`\` is `/`, dot segments are resolved. Whoever compares the text as it stands misses what is installed.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

__all__ = ["host_in", "is_local", "is_path", "normalize", "redact", "redact_text"]

_USERINFO = re.compile(r"\A([\x00-\x20]*+[A-Za-z][A-Za-z0-9+.\t\r\n-]*+:[/\\\t\r\n]*+)[^/\\?#]*@")
_USERINFO_IN_TEXT = re.compile(r"(:[/\\]{2,8}+)[^/\\?#\s\"'<>]{1,2000}@")
_QUERY_FIELD = re.compile(r"([?&])([^=&#?\s\"'<>]{1,80}+)=[^&#\s\"'<>]++")
_SECRET = re.compile("token|secret|passw|api_?key|signature|credential", re.IGNORECASE)
_EDGES = "".join(map(chr, range(0x21)))
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*+):(?P<rest>.*)", re.DOTALL)
_PLAIN = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?>/(?!\.)[A-Za-z0-9_+~.-]*+)++", re.ASCII
)
"""What nearly all locks write, and what normalising would give back as it is."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]++):")
"""Of two characters at least: one letter is a drive of Windows."""
_PATH = re.compile(r"\.{1,2}[/\\]|/(?!/)|\\|~[/\\]|[A-Za-z]:[/\\]")
_PORTS = {"http": 80, "https": 443, "ftp": 21}
_DOTS = dict.fromkeys(map(ord, "\u3002\uff0e\uff61"), ".")


def redact(url: str) -> str:
    """Return `url` without its userinfo and without the values of secret-looking query fields.

    `${TOKEN}@` is userinfo as well: the name of a variable tells where a secret is kept.
    """
    if "@" in url:
        url = _USERINFO.sub(r"\1", url, count=1)
    return redact_text(url) if "@" in url or "?" in url else url


def redact_text(text: str) -> str:
    """Return `text` (a line of a lock, say) with the credentials of every URL in it taken out."""
    return _QUERY_FIELD.sub(_without_secret, _USERINFO_IN_TEXT.sub(r"\1", text))


def _without_secret(field: re.Match[str]) -> str:
    return f"{field[1]}{field[2]}=***" if _SECRET.search(field[2]) else field[0]


def is_path(place: str) -> bool:
    r"""Say whether `place` can only be a path: a `file:` URL in whatever spelling, `./a`, `/a`, `C:\a`."""
    cleaned = _cleaned(place)
    scheme = _SCHEME.match(cleaned)
    if scheme is not None:
        return scheme[1].lower() == "file"
    return _PATH.match(cleaned) is not None


def is_local(place: str) -> bool:
    """Say whether `place`, where a URL or a path may stand, is one of the installing machine itself.

    That is what can only be a path, and `a/b`, which is no URL; a variable may stand for either.
    """
    cleaned = _cleaned(place)
    if _SCHEME.match(cleaned) is not None:
        return is_path(cleaned)
    return bool(cleaned) and not cleaned.startswith(("//", "$"))


def normalize(url: str) -> str:
    """Return `url` as a browser or uv would request it: for comparing, never for fetching.

    Query, fragment, userinfo, default port and the trailing dot of the host are cut; the path is
    percent-decoded once and its dot segments are resolved. Text that is no absolute URL comes back
    without TAB, CR, LF, query and fragment.
    """
    return url if _PLAIN.fullmatch(url) else _normalized(url)


def host_in(normal: str) -> str:
    """Return the host (with its port) of a normalised URL, or an empty string where it has none."""
    _, found, rest = normal.partition("://")
    return rest.partition("/")[0] if found else ""


def _cleaned(url: str) -> str:
    """Return `url` without what an installer drops before it looks at it."""
    return url.strip(_EDGES).replace("\t", "").replace("\r", "").replace("\n", "")


def _normalized(url: str) -> str:
    cleaned = _cleaned(url)
    cut = re.split(r"[?#]", cleaned, maxsplit=1)[0]
    parts = _URL.fullmatch(cut)
    if parts is None:
        return cut
    scheme = parts["scheme"].lower()
    rest = parts["rest"].replace("\\", "/")
    if scheme.rpartition("+")[2] in _PORTS:
        rest = "//" + rest.lstrip("/")
    if not rest.startswith("//"):
        return f"{scheme}:{rest}"
    authority, _, path = rest[2:].partition("/")
    return f"{scheme}://{_host(authority, scheme)}{_resolve(unquote(path))}"


def _host(authority: str, scheme: str) -> str:
    """Lower-case the host, drop userinfo, default port and trailing dot."""
    name, colon, port = authority.rpartition("@")[2].partition(":")
    if authority.rpartition("@")[2].startswith("["):
        return authority.rpartition("@")[2].lower()
    folded = unicodedata.normalize("NFKC", unquote(name)).translate(_DOTS).lower().rstrip(".")
    if not colon or not port or (port.isdecimal() and _is_default(port, scheme)):
        return folded
    return f"{folded}:{port.lstrip('0') or '0'}"


def _is_default(port: str, scheme: str) -> bool:
    return port.lstrip("0") == str(_PORTS.get(scheme.rpartition("+")[2], ""))


def _resolve(path: str) -> str:
    """Resolve `.` and `..` segments of a path that came without its first slash."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)
