"""The file of a snapshot arrives whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from crawler.errors import ConfigurationError, FeedError
from workers.signing import Signature, SignatureKind
from workers.snapshot.envelope import SCHEMA, Envelope, read, statement, write

SIGNED = Envelope(payload=b"payload\n\0", signature=Signature(kind=SignatureKind.SSH, text="x\ny"))


def header(**changed: object) -> bytes:
    digest = hashlib.sha256(b"payload").hexdigest()
    return json.dumps({"schema": SCHEMA, "sha256": digest, "signature": None} | changed).encode()


@pytest.mark.parametrize("envelope", [SIGNED, Envelope(payload=b"", signature=None)])
def test_what_was_written_is_read(envelope: Envelope, tmp_path: Path) -> None:
    size = write(tmp_path / "s", envelope)

    assert read(tmp_path / "s") == envelope
    assert size == (tmp_path / "s").stat().st_size


def test_what_is_signed_names_the_schema_and_the_digest() -> None:
    assert statement(b"payload").decode() == (
        "ghostcrawl.snapshot/v1 sha256:"
        "239f59ed55e737c77147cf55ad0c1b030b6d7ee748a7426952f9b852d5a935e5\n"
    )


def test_an_earlier_file_gives_way_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "s", SIGNED)
    write(tmp_path / "s", Envelope(payload=b"later", signature=None))

    assert read(tmp_path / "s").payload == b"later"
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


@pytest.mark.parametrize("kept", [0, 1, 60, -1])
def test_a_file_that_was_cut_off_is_refused(kept: int, tmp_path: Path) -> None:
    write(tmp_path / "s", SIGNED)
    (tmp_path / "s").write_bytes((tmp_path / "s").read_bytes()[:kept])

    with pytest.raises(FeedError, match=r"(?i)nothing was changed"):
        read(tmp_path / "s")


@pytest.mark.parametrize(
    "content",
    [
        b"<html>sign in</html>",
        b"\x1f\x8b\x08",
        b"[]\npayload",
        b"{}\npayload",
        b"[" * 60_000 + b"\npayload",
        header(schema="ghostcrawl.snapshot/v2") + b"\npayload",
        header(schema=7) + b"\npayload",
        header(sha256="0" * 64) + b"\npayload",
        header(signature={"kind": "pgp", "text": "x"}) + b"\npayload",
        header(signature={"kind": "ssh"}) + b"\npayload",
        header(signature="x") + b"\npayload",
        header(signature={"kind": "ssh", "text": "x" * 70_000}) + b"\npayload",
        header() + b"\npayload, and more",
    ],
)
def test_a_file_that_is_no_snapshot_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(content)

    with pytest.raises(FeedError, match=r"(?i)nothing was changed"):
        read(tmp_path / "s")


def test_a_file_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot read"):
        read(tmp_path / "missing")
    with pytest.raises(FeedError, match="cannot read"):
        read(tmp_path)
    with pytest.raises(ConfigurationError, match="cannot write"):
        write(tmp_path / "missing" / "s", SIGNED)
