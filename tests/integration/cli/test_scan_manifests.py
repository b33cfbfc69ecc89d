"""A user scans projects whose manifests name ghosts, with and without a lock beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.model import path_of
from tests.servers.lure import GHOST, GHOST_LOCK, INNOCENT_LOCK
from tests.servers.terminal import Ran, Terminal

URL = f"https://files.index.example{path_of(GHOST.blake2b_256, GHOST.filename)}"
REQUIRED = f"zz-ghost-lure @ {URL}"
PYPROJECT = f'[project]\nname = "task"\nversion = "1"\ndependencies = ["{REQUIRED}"]\n'


def found(ran: Ran) -> list[tuple[str, str]]:
    return [(one["lock"]["path"], one["verdict"]["level"]) for one in ran.rows]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", PYPROJECT),
        ("requirements.in", f"{REQUIRED}\n"),
        ("Pipfile", f'[packages]\nzz-ghost-lure = {{ file = "{URL}" }}\n'),
        ("pixi.toml", f'[pypi-dependencies]\nzz-ghost-lure = {{ url = "{URL}" }}\n'),
        ("hatch.toml", f'[envs.a]\ndependencies = ["{REQUIRED}"]\n'),
        ("setup.cfg", f"[options]\ninstall_requires =\n    {REQUIRED}\n"),
        ("tox.ini", f"[testenv]\ndeps = {REQUIRED}\n"),
        ("setup.py", f'from setuptools import setup\nsetup(install_requires=["{REQUIRED}"])\n'),
        ("environment.yml", f"dependencies:\n  - pip:\n    - {REQUIRED}\n"),
        (
            ".pre-commit-config.yaml",
            f"repos:\n- repo: x\n  hooks:\n  - id: y\n    additional_dependencies: ['{REQUIRED}']\n",
        ),
    ],
)
def test_a_file_url_of_a_ghost_in_a_manifest_is_confirmed(
    seeded: Terminal, tmp_path: Path, path: str, text: str
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / path).write_text(text, "utf-8")

    ran = seeded("scan", str(tmp_path / "app"), "--format", "jsonl")

    assert found(ran) == [(path, "confirmed")]


def test_a_ghost_that_the_lock_of_a_manifest_pins_is_found_once(
    seeded: Terminal, tmp_path: Path
) -> None:
    member = tmp_path / "app" / "member"
    member.mkdir(parents=True)
    (tmp_path / "app" / "uv.lock").write_bytes(GHOST_LOCK)
    (tmp_path / "app" / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (member / "pyproject.toml").write_text(PYPROJECT, "utf-8")

    ran = seeded("scan", str(tmp_path / "app"), "--format", "jsonl")

    assert found(ran) == [("uv.lock", "confirmed")]


def test_a_ghost_that_only_the_manifest_names_is_found_beside_a_lock(
    seeded: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "uv.lock").write_bytes(INNOCENT_LOCK)
    (tmp_path / "app" / "pyproject.toml").write_text(PYPROJECT, "utf-8")

    ran = seeded("scan", str(tmp_path / "app"), "--format", "jsonl")

    assert found(ran) == [("pyproject.toml", "confirmed")]


def test_a_lock_of_another_tool_or_folder_does_not_speak_for_a_manifest(
    seeded: Terminal, tmp_path: Path
) -> None:
    for folder in ("app", "lib"):
        (tmp_path / "all" / folder).mkdir(parents=True)
    (tmp_path / "all" / "lib" / "uv.lock").write_bytes(GHOST_LOCK)
    (tmp_path / "all" / "app" / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (tmp_path / "all" / "lib" / "tox.ini").write_text(f"[testenv]\ndeps = {REQUIRED}\n", "utf-8")
    (tmp_path / "all" / "lib" / "hatch.toml").write_text(
        f"[envs.a]\ndependencies = {json.dumps([REQUIRED])}\n", "utf-8"
    )

    ran = seeded("scan", str(tmp_path / "all"), "--format", "jsonl")

    assert sorted(path for path, _ in found(ran)) == [
        "app/pyproject.toml",
        "lib/hatch.toml",
        "lib/uv.lock",
    ]


def test_what_is_found_does_not_depend_on_how_many_folders_are_named(
    seeded: Terminal, tmp_path: Path
) -> None:
    file = f"https://files.index.example{path_of(GHOST.blake2b_256, GHOST.filename)}"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "dev.txt").write_text(f"zz-ghost-lure @ {file}\n", "utf-8")

    alone = seeded("scan", str(tmp_path / "one"), "--format", "jsonl")
    together = seeded("scan", str(tmp_path / "one"), str(tmp_path / "two"), "--format", "jsonl")

    assert len(alone.rows) == 1
    assert len(together.rows) == 2


def test_a_script_that_only_its_first_line_tells_is_read_and_no_other_file_without_ending(
    seeded: Terminal, tmp_path: Path
) -> None:
    block = f'# /// script\n# dependencies = ["{REQUIRED}"]\n# ///\n'
    folder = tmp_path / "app" / "bin"
    folder.mkdir(parents=True)
    (folder / "tool").write_text(f"#!/usr/bin/env -S uv run --script\n{block}", "utf-8")
    (folder / "notes").write_text(block, "utf-8")
    (folder / "plain").write_text("#!/bin/sh\n", "utf-8")

    ran = seeded("scan", str(tmp_path / "app"), "--format", "jsonl")

    assert found(ran) == [("bin/tool", "confirmed")]
