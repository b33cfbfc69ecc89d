"""Evidence packs: all that proves one finding in one file, checked by anybody with git and sha256sum.

README.txt      how to check it without ghostcrawl
manifest.json   what is claimed: schema `ghostcrawl.evidence/v1`
finding.json    the finding, as `findings.jsonl` has it
rows.json       the evidence rows of the ledger, each with its seal
verdict.json    the assertions behind the verdict, and what the index answered
objects/        the commit, the trees down to the lock, and the lock, as git keeps them
SHA256SUMS      the digest of each of them
signature.json  who vouches for SHA256SUMS, where a key was named
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crawler import __version__
from crawler.errors import Malformed
from crawler.git.objects import ObjectType
from crawler.git.proof import check_proof
from crawler.model import RULES
from crawler.reporting.jsonl import finding_json
from crawler.reporting.text import utc
from workers.evidence.archive import archive, files_in
from workers.evidence.objects import objects_in
from workers.signing import Signature, SignatureKind
from workers.values import plain

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import Report

__all__ = ["SCHEMA", "EvidencePack", "open_pack", "signed", "statement", "unsigned"]

SCHEMA = "ghostcrawl.evidence/v1"
_SUMS, _SIGNATURE, _MANIFEST = "SHA256SUMS", "signature.json", "manifest.json"
_README = """\
Evidence of one finding of ghostcrawl {version}.

THE COMMIT IN objects/ NAMES ITS AUTHOR. Pass this pack on only to people who may know that.

To check it with git and sha256sum alone:

    unzip PACK -d pack && cd pack && sha256sum -c SHA256SUMS
    git init -q{format} check && cp -r objects/. check/.git/objects/ && cd check
    for o in $(cd .git/objects && find ?? -type f | tr -d /); do
      t=$(git cat-file -t "$o") && git cat-file "$t" "$o" | git hash-object -t "$t" --stdin | grep -x "$o"
    done
    git cat-file blob {place} | git hash-object --stdin    # must print {blob}

git names each object by a hash of its content: the commit fixes the trees, and they fix the lock. That
the host served this commit is proved by the host, or by anybody who has cloned it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePack:
    """A pack that was checked: nothing in it was changed, and its objects prove its claim."""

    manifest: Mapping[str, Any]
    finding: Mapping[str, Any]
    lock: bytes
    """The file, as the host served it."""
    sums: bytes
    """What is signed."""
    signature: Signature | None


def unsigned(
    report: Report,
    objects: Mapping[str, bytes],
    rows: Sequence[Mapping[str, object]],
    assertions: Sequence[object],
    now: datetime,
) -> Mapping[str, bytes]:
    """Return the files of a pack, by their paths, SHA256SUMS among them.

    `objects` are the files that `workers.evidence.originals` keeps, of any commit with this lock; `rows` the evidence of the ledger.
    """
    sighting = report.finding.sighting
    commit = next(o.oid for o in objects_in(objects) if o.kind is ObjectType.COMMIT)
    verdict = report.finding.match.verdict
    manifest = {
        "schema": SCHEMA,
        "finding": report.finding.key,
        "repository": report.finding.repository.clone_url,
        "ref": sighting.ref,
        "commit": commit,
        "path": sighting.path,
        "blob": sighting.oid,
        "tool": f"ghostcrawl {__version__}",
        "rules": RULES,
        "packed_at": utc(now),
    }
    readme = _README.format(
        version=__version__,
        place=shlex.quote(f"{commit}:{sighting.path}"),
        blob=sighting.oid,
        format=" --object-format=sha256" if len(sighting.commit) == 64 else "",  # noqa: PLR2004
    )
    files = {
        "README.txt": readme.encode(errors="backslashreplace"),
        _MANIFEST: _json(manifest),
        "finding.json": _json(finding_json(report)),
        "rows.json": _json(rows),
        "verdict.json": _json({"verdict": plain(verdict), "assertions": list(assertions)}),
        **objects,
    }
    return {**files, _SUMS: _sums(files)}


def statement(sums: bytes) -> bytes:
    """Return the line that is signed for a pack with these SHA256SUMS."""
    return f"{SCHEMA} sha256:{hashlib.sha256(sums).hexdigest()}\n".encode()


def signed(files: Mapping[str, bytes], signature: Signature | None) -> bytes:
    """Return the pack of `files`, signed where there is a signature of `statement(SHA256SUMS)`."""
    if signature is None:
        return archive(files)
    told = {"kind": signature.kind.value, "text": signature.text}
    return archive({**files, _SIGNATURE: _json(told)})


def open_pack(data: bytes) -> EvidencePack:
    """Check a pack and return it; raises Malformed, with what is wrong."""
    files = dict(files_in(data))
    signature = _signature(files.pop(_SIGNATURE, None))
    sums = files.pop(_SUMS, b"")
    if sums != _sums(files):
        raise Malformed(f"{_SUMS} is not that of the other files")
    try:
        manifest = json.loads(files[_MANIFEST])
        finding = json.loads(files["finding.json"])
        if manifest["schema"] != SCHEMA:
            raise Malformed(f"schema {manifest['schema']!r}: expected {SCHEMA}")
        commit, path, blob = manifest["commit"], manifest["path"], manifest["blob"]
        claimed = (finding["id"], finding["lock"]["path"], finding["lock"]["blob"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Malformed(f"the {_MANIFEST} of this pack cannot be read") from error
    if claimed != (manifest["finding"], path, blob):
        raise Malformed("manifest and finding tell of different places")
    objects = list(objects_in(files))
    check_proof(objects, commit, path, blob)
    lock = next(one.data for one in objects if one.oid == blob)
    if finding["lock"]["sha256"] not in {None, hashlib.sha256(lock).hexdigest()}:
        raise Malformed("the finding tells of another lock")
    return EvidencePack(
        manifest=manifest, finding=finding, lock=lock, sums=sums, signature=signature
    )


def _signature(data: bytes | None) -> Signature | None:
    if data is None:
        return None
    try:
        told = json.loads(data)
        return Signature(kind=SignatureKind(told["kind"]), text=str(told["text"]))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Malformed(f"{_SIGNATURE} cannot be read") from error


def _sums(files: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"
