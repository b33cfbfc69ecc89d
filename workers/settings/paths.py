"""Paths in settings: each means the same after the current folder has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

__all__ = ["AbsolutePath"]


def _named(path: object) -> object:
    if path == "":
        msg = "expected a path, got an empty text"
        raise ValueError(msg)
    return path


AbsolutePath = Annotated[Path, BeforeValidator(_named), AfterValidator(Path.absolute)]
