"""The gates that a company puts before a merge: the hook as pre-commit runs it, the others by their schemas."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema

from tests.servers.git_repository import git
from tests.servers.lure import GHOST_LOCK, INNOCENT_LOCK
from tests.servers.terminal import ROOT, Terminal

(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("uv.lock", True),
        ("app/poetry.lock", True),
        ("package-lock.json", True),
        ("app/pnpm-lock.yaml", True),
        ("npm-shrinkwrap.json", True),
        ("PACKAGE-LOCK.JSON", True),
        ("requirements-dev.txt", True),
        ("pylock.prod.toml", True),
        ("Pipfile.lock", True),
        ("README.md", False),
        ("src/lock.py", False),
    ],
)
def test_the_hook_is_given_locks_and_manifests(path: str, *, is_read: bool) -> None:
    assert (re.search(HOOK["files"], path) is not None) is is_read


@pytest.mark.slow
@pytest.mark.parametrize(("lock", "code"), [(GHOST_LOCK, 1), (INNOCENT_LOCK, 0)])
def test_pre_commit_refuses_a_commit_that_pins_a_ghost(
    seeded: Terminal, tmp_path: Path, lock: bytes, code: int
) -> None:
    checkout = tmp_path / "project"
    checkout.mkdir()
    git(checkout, "init", "-q")
    _, *words = HOOK["entry"].split()
    entry = shlex.join(seeded.command(*words))
    hook = HOOK | {"language": "system", "entry": entry}
    config = {"repos": [{"repo": "local", "hooks": [hook]}]}
    (checkout / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    (checkout / "uv.lock").write_bytes(lock)
    git(checkout, "add", ".")

    ran = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--color", "never"],
        cwd=checkout,
        env={**seeded.process_environment(), "PRE_COMMIT_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == code, ran.stdout + ran.stderr
    assert ("zz-ghost-lure" in ran.stdout) is (code == 1)


def test_the_action_and_the_job_are_as_their_hosts_want_them() -> None:
    for name, file in (
        ("vendor.github-actions", ROOT / "action.yml"),
        ("vendor.gitlab-ci", ROOT / "deploy/gitlab-ci.yml"),
    ):
        document: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        jsonschema.validate(json.loads(json.dumps(document)), get_builtin_schema(name))


def test_the_action_hands_inputs_over_as_variables_and_never_as_code() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))

    (step,) = action["runs"]["steps"]
    assert "${{" not in step["run"]
