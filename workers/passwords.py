"""Passwords of the database and the broker: in files, so that no URL, environment or process list has them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from crawler.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["password_in", "with_password"]

_MOST_BYTES = 1024


def password_in(file: Path) -> str:
    """Return the password that is the only line of `file`.

    Raises ConfigurationError, without the text, where the file cannot be read or holds anything else.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_BYTES + 1).decode("utf-8").strip()
    except OSError as error:
        msg = f"cannot read the password file {file}: {error.strerror}"
        raise ConfigurationError(msg) from error
    except UnicodeDecodeError:
        text = ""
    if not text or len(text) > _MOST_BYTES or not text.isprintable():
        msg = f"invalid password file {file}: expected one line of printable UTF-8"
        raise ConfigurationError(msg)
    return text


def with_password(url: str, file: Path | None) -> str:
    """Return `url` with the password in `file`, if there is one; the URL names the user.

    Raises ConfigurationError where the file is as `password_in` says, the URL names no user to whom the
    password could belong, or it has a password already.
    """
    if file is None:
        return url
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    if not user or ":" in user:
        msg = f"{file} holds a password; expected a URL with a user and without a password: {parts.scheme}://USER@HOST"
        raise ConfigurationError(msg)
    netloc = f"{user}:{quote(password_in(file), safe='')}@{place}"
    return parts._replace(netloc=netloc).geturl()
