"""URLs of files that need no second look: nothing in them to take out, to decode or to cut off.

Nearly all of a lock are such, and to know it costs a tenth of `redact` and `file_name`, which leave
them as they are.
"""

from __future__ import annotations

__all__ = ["plain_file_name"]

_HTTPS = "https://"
_START = len(_HTTPS)


def plain_file_name(url: str) -> str | None:
    """Return the file name of `url` where it may be kept as it is, None where that takes a closer look.

    It may where there can be no userinfo (an `@` before the path, or behind another `//`), query,
    fragment, percent-encoding, backslash or white space: `crawler.model.urls.redact` returns it
    unchanged then, and its last segment is its file name.
    """
    path = url.find("/", _START)
    if path <= _START or not url.startswith(_HTTPS) or not url.isprintable():
        return None
    if "%" in url or "?" in url or "#" in url or "\\" in url or "&" in url:
        return None
    if url.find("@", _START, path) >= 0 or url.find("//", path) >= 0:
        return None
    return url[url.rfind("/") + 1 :] or None
