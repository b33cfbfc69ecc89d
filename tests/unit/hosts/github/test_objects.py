"""PyGithub's objects, which are read and never ask."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from crawler.errors import Malformed
from crawler.hosts.github.objects import global_advisory

_ROOT = Path(__file__).parents[4]


def test_the_fields_of_an_advisory_are_read_into_types() -> None:
    advisory = global_advisory(
        {"ghsa_id": "GHSA-aaaa-bbbb-cccc", "published_at": "2026-05-01T10:00:00+00:00"}
    )

    assert advisory.ghsa_id == "GHSA-aaaa-bbbb-cccc"
    assert advisory.published_at.isoformat() == "2026-05-01T10:00:00+00:00"


def test_what_is_missing_is_nothing_and_nobody_is_asked() -> None:
    assert global_advisory({"url": "https://evil.example/advisory"}).cve_id is None


def test_a_part_that_pygithub_would_ask_for_is_refused_before_it_asks() -> None:
    user = {"login": "someone", "url": "https://api.github.com/users/someone"}
    advisory = global_advisory({"credits": [{"user": user, "type": "finder"}]})

    with pytest.raises(Malformed, match="lacks a field"):
        _ = advisory.credits[0].user.name


def test_one_module_of_the_product_imports_pygithub() -> None:
    sources = [p for top in ("crawler", "feeds", "workers") for p in (_ROOT / top).rglob("*.py")]

    importing = [p.relative_to(_ROOT).as_posix() for p in sources if _imports_pygithub(p)]

    assert importing == ["crawler/hosts/github/objects.py"]


def _imports_pygithub(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        if any(name.partition(".")[0] == "github" for name in names):
            return True
    return False
