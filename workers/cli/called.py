"""How the user called the program: the commands that a message advises begin with it."""

from __future__ import annotations

import os
import re
import shlex

__all__ = ["as_called", "program"]

_VARIABLE = "GHOSTCRAWL_CALLED_AS"
"""Set by the wrapper `ghostcrawl` of a checkout, which is seldom in PATH."""
_COMMAND = re.compile(r"(`|: |\$ |^ *)ghostcrawl (?=-c |[a-z])", re.MULTILINE)


def program() -> str:
    """Return the words by which this process was started, as a shell reads them."""
    return shlex.quote(os.environ.get(_VARIABLE) or "ghostcrawl")


def as_called(text: str) -> str:
    """Return `text`, in which commands begin with the words by which this process was started."""
    called = program()
    return _COMMAND.sub(lambda found: f"{found[1]}{called} ", text)
