"""Building real repositories with the git program."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Nobody",
    "GIT_AUTHOR_EMAIL": "nobody@git.example",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "Nobody",
    "GIT_COMMITTER_EMAIL": "nobody@git.example",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def git(where: Path, *arguments: str, content: bytes = b"") -> str:
    """Run git in `where` and return what it prints."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=where,
        input=content,
        env=_ENVIRONMENT | {"PATH": os.environ["PATH"], "HOME": str(where)},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()


def bare(path: Path) -> Path:
    """Make an empty bare repository whose default branch is `main`."""
    path.mkdir(parents=True)
    git(path, "init", "-q", "--bare", "-b", "main")
    return path


def tree(repository: Path, files: Mapping[str, bytes | tuple[str, bytes]]) -> str:
    """Write a tree with these files; a value may be (mode, content)."""
    index = repository / "index.tmp"
    index.unlink(missing_ok=True)
    lines = []
    for path, value in files.items():
        mode, content = value if isinstance(value, tuple) else ("100644", value)
        oid = content.decode() if mode == "160000" else blob(repository, content)
        lines.append(f"{mode} {oid}\t{path}\n")
    os_index = {"GIT_INDEX_FILE": str(index)}
    environment = _ENVIRONMENT | os_index | {"PATH": os.environ["PATH"], "GIT_DIR": str(repository)}
    for arguments, content in (
        (["update-index", "--add", "--index-info"], "".join(lines).encode()),
        (["write-tree"], b""),
    ):
        done = subprocess.run(
            ["git", *arguments], input=content, env=environment, capture_output=True, check=True
        )
    return done.stdout.decode().strip()


def blob(repository: Path, content: bytes) -> str:
    """Write a blob and return its oid."""
    return git(repository, "hash-object", "-w", "--stdin", content=content)


def commit(
    repository: Path,
    files: Mapping[str, bytes | tuple[str, bytes]],
    *,
    branch: str = "main",
) -> str:
    """Make a commit with exactly these files the tip of `branch`, return it."""
    parents = []
    if f"refs/heads/{branch}" in git(repository, "for-each-ref", "--format=%(refname)").split():
        parents = ["-p", f"refs/heads/{branch}"]
    made = git(repository, "commit-tree", *parents, "-m", "work", tree(repository, files))
    git(repository, "update-ref", f"refs/heads/{branch}", made)
    return made
