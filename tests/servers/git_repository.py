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
    git(path, "init", "-q", "--bare", "-b", "main", "--template=")
    return path


def commit(
    repository: Path,
    files: Mapping[str, bytes | tuple[str, bytes]],
    *,
    branch: str = "main",
) -> str:
    """Make a commit with exactly these files the tip of `branch`, return it; a value may be (mode, content)."""
    ref = f"refs/heads/{branch}"
    tip = git(repository, "for-each-ref", "--format=%(objectname)", ref)
    who = "Nobody <nobody@git.example> 1767225600 +0000"
    lines = [f"commit {ref}", "mark :1", f"author {who}", f"committer {who}", "data 5", "work", ""]
    lines += [f"from {tip}"] if tip else []
    said = "\n".join([*lines, "deleteall", ""]).encode()
    for path, value in files.items():
        mode, content = value if isinstance(value, tuple) else ("100644", value)
        if mode == "160000":
            said += b"M 160000 %b %b\n" % (content, path.encode())
        else:
            said += f"M {mode} inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    return git(repository, "fast-import", "--quiet", content=said + b"\nget-mark :1\n")
