"""The corpus of hostile files: generators, never stored bytes.

Groups as in the list of hostile inputs: C is TOML, D is JSON, E is YAML, F is what names, URLs and files
inside a lock may do to those who read on.
"""

from __future__ import annotations

from tests.hostile.inputs import Hostile
from tests.hostile.json_files import json_files
from tests.hostile.named_files import Trap, traps
from tests.hostile.toml_files import toml_files
from tests.hostile.yaml_files import yaml_files

__all__ = ["FILES", "TRAPS"]

TRAPS: tuple[Trap, ...] = tuple(traps())
FILES: tuple[Hostile, ...] = (
    *toml_files(),
    *json_files(),
    *yaml_files(),
    *(trap.file for trap in TRAPS),
)
"""Groups C to F."""
