"""The file of a snapshot: one line of JSON that states the digest of the rest and its signature, then that."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crawler.errors import ConfigurationError, FeedError, Malformed
from crawler.fields import Fields, read_json
from workers.signing import Signature, SignatureKind

__all__ = ["SCHEMA", "Envelope", "read", "statement", "write"]

SCHEMA = "ghostcrawl.snapshot/v1"
_LONGEST_HEADER = 64 * 1024
_LARGEST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A snapshot that arrived whole; nothing in it is believed yet."""

    payload: bytes
    signature: Signature | None


def statement(payload: bytes) -> bytes:
    """Return the text that is signed for `payload`."""
    return f"{SCHEMA} sha256:{hashlib.sha256(payload).hexdigest()}\n".encode()


def write(path: Path, envelope: Envelope) -> int:
    """Put `envelope` into the place of the file `path`, all or nothing; return its size in bytes.

    Raises ConfigurationError where that cannot be written.
    """
    signature = envelope.signature
    header = {
        "schema": SCHEMA,
        "sha256": hashlib.sha256(envelope.payload).hexdigest(),
        "signature": None
        if signature is None
        else {"kind": signature.kind, "text": signature.text},
    }
    content = json.dumps(header, sort_keys=True).encode() + b"\n" + envelope.payload
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".snapshot-") as folder:
            written = Path(folder) / "file"
            written.write_bytes(content)
            written.replace(path)
    except (OSError, ValueError) as error:
        msg = f"cannot write {path}: {error}; name a file in a folder of yours"
        raise ConfigurationError(msg) from error
    return len(content)


def read(path: Path) -> Envelope:
    """Return what lies in the file `path`; raises FeedError for anything but a whole snapshot."""
    try:
        with path.open("rb") as file:
            first = file.readline(_LONGEST_HEADER)
            payload = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}: {error}"
        raise FeedError(msg) from error
    if len(payload) > _LARGEST:
        msg = f"{path}: larger than {_LARGEST} bytes; nothing was changed"
        raise FeedError(msg)
    try:
        header = Fields(read_json(first, "line 1"), "line 1")
        schema, digest = header.text("schema"), header.text("sha256")
        signature = _signature(header.child("signature")) if "signature" in header else None
    except (Malformed, ValueError) as error:
        msg = f"{path} is not a snapshot: {error}; nothing was changed"
        raise FeedError(msg) from error
    if schema != SCHEMA:
        msg = f"{path}: expected a snapshot of schema {SCHEMA}, got {schema[:60]!a}; nothing was changed"
        raise FeedError(msg)
    if digest != hashlib.sha256(payload).hexdigest():
        msg = f"{path} is truncated or was changed; fetch it again. Nothing was changed"
        raise FeedError(msg)
    return Envelope(payload=payload, signature=signature)


def _signature(fields: Fields) -> Signature:
    return Signature(kind=SignatureKind(fields.text("kind")), text=fields.text("text"))
