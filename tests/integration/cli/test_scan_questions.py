"""What lies around a lock is asked about, for `scan` has all files at hand; it changes no confidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK
from tests.servers.terminal import Terminal

PROJECT = b'[project]\nname = "task"\nversion = "0.1.0"\n'
TASK = {
    "README.md": b"# Take-home task\n\nRun `uv sync`, then `python main.py`.\n",
    "pyproject.toml": PROJECT,
    "main.py": b"print('hello')\n",
    "tests/test_main.py": b"",
}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.mark.parametrize(
    ("files", "questions"),
    [
        pytest.param({**TASK, "uv.lock": GHOST_LOCK}, [], id="a task"),
        pytest.param(
            {"services/api/uv.lock": GHOST_LOCK, "services/api/pyproject.toml": PROJECT, **TASK},
            [],
            id="a service of a monorepo",
        ),
        pytest.param({"zoo/one/uv.lock": GHOST_LOCK}, ["no-manifest"], id="no manifest"),
        pytest.param(
            {f"zoo/{n}/uv.lock": lock for n, lock in enumerate((GHOST_LOCK, *[INNOCENT_LOCK] * 2))}
            | {f"zoo/{n}/pyproject.toml": PROJECT for n in range(3)},
            ["same-shape"],
            id="folders of the same shape",
        ),
        pytest.param(
            {**TASK, "uv.lock": GHOST_LOCK, "README.ja.md": "インストールしないで".encode()},
            ["readme"],
            id="a readme in another language",
        ),
        pytest.param(
            {"checks/test_reader.py": b"", "checks/inputs/uv.lock": GHOST_LOCK},
            ["no-manifest", "among-tests"],
            id="test code above",
        ),
        pytest.param({"old.uv.lock": GHOST_LOCK}, ["renamed-lock"], id="another name"),
        pytest.param({"deps.lock": GHOST_LOCK}, ["renamed-lock"], id="a name of any lock"),
    ],
)
def test_a_lock_that_lies_there_to_be_looked_at_is_asked_about(
    files: Mapping[str, bytes], questions: list[str], seeded: Terminal, tmp_path: Path
) -> None:
    folder, other = write(tmp_path / "checkout", files), tmp_path / "other"
    other.mkdir()

    alone = seeded("scan", str(folder), "--format", "jsonl")
    among = seeded("scan", str(folder), str(other), "--format", "jsonl")

    for ran in (alone, among):
        (finding,) = ran.rows
        assert (ran.code, finding["verdict"]["level"]) == (1, "confirmed")
        assert [asked["code"] for asked in finding["triage"]["questions"]] == questions
