"""One word, one thing: what a public class is called, no other public class is."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_public_class_name_is_defined_once() -> None:
    defined = defaultdict[str, list[str]](list)
    for package in ("crawler", "feeds", "workers"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    defined[node.name].append(str(file.relative_to(ROOT)))

    assert {name: files for name, files in defined.items() if len(files) > 1} == {}
