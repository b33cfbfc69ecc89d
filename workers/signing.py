"""Signatures of SSH and minisign keys, made and checked by their own programs.

Sources: ssh-keygen(1), "-Y sign" and "-Y verify", ALLOWED SIGNERS; minisign(1). What is signed is one line
that names the schema and the digest of a document.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from crawler.errors import ConfigurationError, FeedError
from crawler.sandbox import Completed, Confinement, SandboxLimits, run

__all__ = ["Signature", "SignatureKind", "check", "sign"]

_SIGNER = "ghostcrawl"
_LARGEST_KEY = 1024 * 1024
_SSH_KEY = re.compile(r"(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/]+=*", re.ASCII)
_MINISIGN_KEY = re.compile(r"RW[A-Za-z0-9+/]{54}", re.ASCII)
_LIMITS = SandboxLimits(
    seconds=20.0,
    file_bytes=1024 * 1024,
    stdout_bytes=64 * 1024,
    confinement=Confinement.WHERE_POSSIBLE,
)


class SignatureKind(StrEnum):
    """Whose program makes and checks it."""

    SSH = "ssh"
    MINISIGN = "minisign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature as its program writes it."""

    kind: SignatureKind
    text: str


def sign(statement: bytes, key: Path, what: str) -> Signature:
    """Sign `statement`, of a document that is called `what`, with the secret key in the file `key`, or, for SSH, its public half and an agent.

    Raises ConfigurationError where there is no such key or program, or the key needs a passphrase.
    """
    kind = _kind_of_secret(_text_of(key), key)
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-sign-") as name:
        folder, path = Path(name), key.absolute()
        (folder / "statement").write_bytes(statement)
        match kind:
            case SignatureKind.SSH:
                words = [
                    "ssh-keygen",
                    "-Y",
                    "sign",
                    "-f",
                    str(path),
                    "-n",
                    _namespace(what),
                    "statement",
                ]
                written = folder / "statement.sig"
            case SignatureKind.MINISIGN:
                words = ["minisign", "-S", "-s", str(path), "-m", "statement", "-x", "signature"]
                written = folder / "signature"
            case _:
                assert_never(kind)
        ended = _run(words, folder, (path,))
        if not ended.ok or not written.is_file():
            msg = f"cannot sign with {key}: {_said(ended)}; use a key without a passphrase or, for SSH, an agent"
            raise ConfigurationError(msg)
        return Signature(kind=kind, text=written.read_text("ascii"))


def check(statement: bytes, signature: Signature | None, keys: Path, what: str) -> None:
    """Raise FeedError unless one of the public keys in the file `keys` has signed `statement`.

    A signature that was made for another kind of document than `what` is none.
    The file holds SSH keys or minisign keys, one a line. Raises ConfigurationError where it holds none,
    or their program is missing.
    """
    lines = _text_of(keys).splitlines()
    ssh = [found[0] for line in lines if (found := _SSH_KEY.search(line))]
    minisign = [found[0] for line in lines if (found := _MINISIGN_KEY.fullmatch(line.strip()))]
    if not ssh and not minisign:
        msg = f"{keys} holds no public key of SSH or minisign; write one a line"
        raise ConfigurationError(msg)
    if signature is None:
        msg = f"the {what} is not signed, and {keys} is set; nothing was changed"
        raise FeedError(msg)
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-check-") as name:
        folder = Path(name)
        (folder / "statement").write_bytes(statement)
        (folder / "signature").write_text(signature.text, "utf-8", errors="replace")
        match signature.kind:
            case SignatureKind.SSH:
                good = bool(ssh) and _is_of_ssh(statement, ssh, folder, _namespace(what))
            case SignatureKind.MINISIGN:
                good = any(_is_of_minisign(key, folder) for key in minisign)
            case _:
                assert_never(signature.kind)
    if not good:
        msg = f"no key of {keys} has signed this {what}; nothing was changed"
        raise FeedError(msg)


def _namespace(what: str) -> str:
    """Return what ssh-keygen binds a signature to."""
    return f"ghostcrawl-{what.replace(' ', '-')}"


def _is_of_ssh(statement: bytes, keys: Sequence[str], folder: Path, namespace: str) -> bool:
    allowed = "".join(f'{_SIGNER} namespaces="{namespace}" {key}\n' for key in keys)
    (folder / "allowed").write_text(allowed, "ascii")
    words = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", _SIGNER, "-n", namespace]
    return _run([*words, "-s", "signature"], folder, stdin=statement).ok


def _is_of_minisign(key: str, folder: Path) -> bool:
    words = ["minisign", "-V", "-q", "-P", key, "-m", "statement", "-x", "signature"]
    return _run(words, folder).ok


def _run(
    words: Sequence[str], folder: Path, readable: tuple[Path, ...] = (), stdin: bytes = b""
) -> Completed:
    program = shutil.which(words[0])
    if program is None:
        package = "openssh-client" if words[0] == "ssh-keygen" else words[0]
        msg = f"{words[0]} is not installed; on Debian: apt-get install {package}"
        raise ConfigurationError(msg)
    agent = os.environ.get("SSH_AUTH_SOCK")
    env = {"SSH_AUTH_SOCK": agent} if agent and readable else {}
    limits = SandboxLimits(
        seconds=_LIMITS.seconds,
        file_bytes=_LIMITS.file_bytes,
        stdout_bytes=_LIMITS.stdout_bytes,
        readable=readable,
        confinement=_LIMITS.confinement,
    )
    return run([program, *words[1:]], env=env, cwd=folder, limits=limits, stdin=stdin)


def _kind_of_secret(text: str, path: Path) -> SignatureKind:
    if text.startswith("untrusted comment:"):
        return SignatureKind.MINISIGN
    if text.startswith("-----BEGIN") or _SSH_KEY.match(text):
        return SignatureKind.SSH
    msg = f"{path} holds no key of SSH or minisign"
    raise ConfigurationError(msg)


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        msg = f"cannot read the key file {path}: {error}"
        raise ConfigurationError(msg) from error


def _said(ended: Completed) -> str:
    """Return the last line that a program complained with."""
    lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else f"it ended with {ended.returncode}"
