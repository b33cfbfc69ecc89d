"""Signatures by the real programs."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError, FeedError
from tests.servers.keys import key_pair
from workers.signing import Signature, SignatureKind, check, sign

LINE = b"ghostcrawl.snapshot/v1 sha256:0\n"

kinds = pytest.mark.parametrize("kind", ["ssh", "minisign"])


@kinds
def test_what_a_key_has_signed_is_known_by_its_public_half(kind: str, tmp_path: Path) -> None:
    key = key_pair(kind, tmp_path)

    signature = sign(LINE, key.secret, "snapshot")
    check(LINE, signature, key.public, "snapshot")

    assert signature.kind == kind


@kinds
def test_one_of_several_public_keys_is_enough(kind: str, tmp_path: Path) -> None:
    one, two = key_pair(kind, tmp_path, "one"), key_pair(kind, tmp_path, "two")
    keys = tmp_path / "keys"
    keys.write_text(f"# both\n\n{two.public.read_text()}{one.public.read_text()}")

    check(LINE, sign(LINE, one.secret, "snapshot"), keys, "snapshot")
    check(LINE, sign(LINE, two.secret, "snapshot"), keys, "snapshot")


@kinds
def test_another_text_or_another_key_is_refused(kind: str, tmp_path: Path) -> None:
    key, other = key_pair(kind, tmp_path, "key"), key_pair(kind, tmp_path, "other")
    signature = sign(LINE, key.secret, "snapshot")

    for text, public in ((LINE + b"x", key.public), (b"", key.public), (LINE, other.public)):
        with pytest.raises(FeedError, match="has signed this snapshot; nothing was changed"):
            check(text, signature, public, "snapshot")


@kinds
@pytest.mark.parametrize(
    "text", ["", "x", "\0\ud800", "-----BEGIN SSH SIGNATURE-----\n", "a" * 60_000]
)
def test_a_signature_that_is_none_is_refused(kind: str, text: str, tmp_path: Path) -> None:
    key = key_pair(kind, tmp_path)

    with pytest.raises(FeedError, match="has signed this snapshot"):
        check(LINE, Signature(kind=SignatureKind(kind), text=text), key.public, "snapshot")


def test_a_signature_of_the_other_program_is_refused(tmp_path: Path) -> None:
    ssh, minisign = key_pair("ssh", tmp_path, "s"), key_pair("minisign", tmp_path, "m")
    signature = sign(LINE, ssh.secret, "snapshot")

    with pytest.raises(FeedError):
        check(LINE, signature, minisign.public, "snapshot")
    with pytest.raises(FeedError):
        check(LINE, replace(signature, kind=SignatureKind.MINISIGN), minisign.public, "snapshot")


def test_a_signature_that_was_made_for_something_else_is_refused(tmp_path: Path) -> None:
    key = key_pair("ssh", tmp_path)
    (tmp_path / "text").write_bytes(LINE)
    words = [
        "ssh-keygen",
        "-q",
        "-Y",
        "sign",
        "-f",
        str(key.secret),
        "-n",
        "file",
        str(tmp_path / "text"),
    ]
    subprocess.run(words, check=True, capture_output=True)
    signature = Signature(kind=SignatureKind.SSH, text=(tmp_path / "text.sig").read_text())

    with pytest.raises(FeedError):
        check(LINE, signature, key.public, "snapshot")


def test_a_snapshot_without_a_signature_is_refused_where_keys_are_set(tmp_path: Path) -> None:
    key = key_pair("ssh", tmp_path)

    with pytest.raises(FeedError, match="is not signed"):
        check(LINE, None, key.public, "snapshot")


@kinds
def test_a_key_with_a_passphrase_cannot_be_used_and_nobody_is_asked_for_it(
    kind: str, tmp_path: Path
) -> None:
    key = key_pair(kind, tmp_path, passphrase="secret")

    with pytest.raises(ConfigurationError, match="use a key without a passphrase"):
        sign(LINE, key.secret, "snapshot")


@pytest.mark.parametrize("content", ["", "no key\n", "ssh-ed25519\n", "RWshort\n", "\0\xff"])
def test_a_file_without_keys_is_a_wrong_setting(content: str, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(content)
    signature = Signature(kind=SignatureKind.SSH, text="x")

    with pytest.raises(ConfigurationError, match="holds no public key"):
        check(LINE, signature, keys, "snapshot")
    with pytest.raises(ConfigurationError, match="holds no key"):
        sign(LINE, keys, "snapshot")


def test_a_key_file_that_is_not_there_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot read the key file"):
        sign(LINE, tmp_path / "missing", "snapshot")
    with pytest.raises(ConfigurationError, match="cannot read the key file"):
        check(LINE, None, tmp_path / "missing", "snapshot")


def test_a_program_that_is_missing_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_pair("ssh", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigurationError, match="apt-get install openssh-client"):
        sign(LINE, key.secret, "snapshot")
