"""Key pairs for tests, made by the real programs; a program that is absent skips the test."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["KeyPair", "key_pair"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """Where both halves of a key lie."""

    secret: Path
    public: Path


def key_pair(kind: str, folder: Path, name: str = "key", passphrase: str = "") -> KeyPair:
    """Make a key of `ssh` or `minisign` in `folder`."""
    program = {"ssh": "ssh-keygen", "minisign": "minisign"}[kind]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    secret, public = folder / name, folder / f"{name}.pub"
    if kind == "ssh":
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", str(secret)]
    else:
        words = [
            "minisign",
            "-G",
            *([] if passphrase else ["-W"]),
            "-p",
            str(public),
            "-s",
            str(secret),
        ]
    answer = f"{passphrase}\n{passphrase}\n".encode()
    subprocess.run(words, input=answer, capture_output=True, check=True)
    return KeyPair(secret=secret, public=public)
