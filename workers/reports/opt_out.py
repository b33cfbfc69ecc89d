"""The list of those who want no notices: `host/owner`, one a line; `#` begins a remark."""

from __future__ import annotations

from pathlib import Path

from crawler.errors import ConfigurationError

__all__ = ["opted_out"]


def opted_out(file: Path | None) -> frozenset[str]:
    """Return who is in `file`, in lower case; nobody where there is no file to read.

    Raises ConfigurationError for a file that cannot be read, and for a line that names nobody: whoever
    asked to be left alone must not be written to because of a slip.
    """
    if file is None:
        return frozenset()
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "expected UTF-8"
        msg = f"report.opt_out: {file} cannot be read: {why}"
        raise ConfigurationError(msg) from error
    names = [line.partition("#")[0].strip().lower() for line in text.splitlines()]
    for number, name in enumerate(names, start=1):
        host, slash, owner = name.partition("/")
        if name and not (host and slash and owner and "/" not in owner):
            msg = f"report.opt_out: {file}, line {number}: expected host/owner, got {name!a}"
            raise ConfigurationError(msg)
    return frozenset(filter(None, names))
