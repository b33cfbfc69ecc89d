"""Who says what is malicious: records in the shape of the OSV schema 1.7.

As in the malicious-packages database: a record names versions, or every version by `introduced: "0"`,
and some carry the digests of the files (`package_integrity`). One is withdrawn, one speaks of a
pentest only, one is an ordinary vulnerability; none of these three may accuse anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TypeAlias

from workers.demo.model import WorldFile
from workers.demo.packages import Shelf

__all__ = ["Advisory", "advisories"]

Advisory: TypeAlias = Mapping[str, object]
"""One OSV record; JSON all the way down."""

_ECOSYSTEM = "PyPI"


def advisories(shelf: Shelf) -> tuple[Advisory, ...]:
    """Return all records, oldest first."""
    return (*_with_files(shelf), *_with_versions(), *_without_weight(shelf))


def _with_files(shelf: Shelf) -> tuple[Advisory, ...]:
    wallet = [file for files in shelf.files["zz-ghost-wallet"].values() for file in files]
    umap = [
        shelf.wheel("zz-ghost-umap", "0.1.1"),
        shelf.wheel("zz-ghost-umap", "0.1.2"),
        shelf.sdist("zz-ghost-umap", "0.1.2"),
    ]
    canvas = [file for files in shelf.files["zz-ghost-canvas"].values() for file in files]
    return (
        _malicious("MAL-2026-9001", "zz-ghost-wallet", "2026-06-04T06:00:00Z", wallet),
        _malicious("MAL-2026-9002", "zz-ghost-canvas", "2026-06-04T09:00:00Z", canvas),
        _malicious("MAL-2026-9003", "zz-ghost-umap", "2026-07-17T09:00:00Z", umap),
    )


def _with_versions() -> tuple[Advisory, ...]:
    return (
        _listed("MAL-2026-9010", "zz-ghost-graph", "2026-06-18T09:00:00Z", "3.4.0", "3.4.2"),
        _every_version("MAL-2026-9011", "zz-ghost-node", "2026-06-19T09:00:00Z"),
        _listed("MAL-2026-9012", "zz-ghost-llm", "2026-06-24T11:15:00Z", "1.82.7", "1.82.8"),
        _listed(
            "MAL-2026-9013",
            "zz-ghost-vision",
            "2026-07-12T09:00:00Z",
            *("8.3.41", "8.3.42", "8.3.45", "8.3.46"),
        ),
        _listed("MAL-2026-9014", "zz-ghost-ledger", "2026-07-20T18:00:00Z", "1.1.5.post1"),
        _listed("MAL-2026-9015", "zz-ghost-pay", "2026-07-22T18:00:00Z", "0.1.13"),
        _listed("MAL-2026-9016", "zz-ghost-legacy", "2026-07-17T09:30:00Z", "0.1.1", "0.1.2"),
        _listed("MAL-2026-9017", "zz-ghost-disputed", "2026-07-27T09:00:00Z", "7.1.0"),
    )


def _without_weight(shelf: Shelf) -> tuple[Advisory, ...]:
    fast = shelf.files["zz-ghost-fast"]["0.136.3"]
    withdrawn = _malicious("MAL-2026-9020", "zz-ghost-fast", "2026-05-23T19:14:13Z", list(fast))
    taken_back = {"withdrawn": "2026-05-26T13:04:03Z", "modified": "2026-05-26T13:04:03Z"}
    pentest = {
        **_record("pypi/GENERIC-demo-pentest/zz-ghost-pentest", "2026-08-25T12:00:00Z"),
        "summary": "Pentesting or research code in zz-ghost-pentest (PyPI)",
        "details": "Category: PROBABLY_PENTEST - with clearly low-harm possibilities.\n",
        "affected": [{"package": _package("zz-ghost-pentest"), "versions": ["0.0.1"]}],
    }
    flaw = {
        **_record("PYSEC-2026-9030", "2026-08-28T12:00:00Z"),
        "summary": "A slow regular expression in zz-ghost-plain-01",
        "affected": [{"package": _package("zz-ghost-plain-01"), "versions": ["1.0.0"]}],
    }
    return {**withdrawn, **taken_back}, pentest, flaw


def _malicious(record: str, name: str, published: str, files: list[WorldFile]) -> Advisory:
    """Describe files by their digests, as the records of package inspectors do."""
    integrity = [{"filename": file.filename, "hashes": _hashes(file)} for file in files]
    versions = sorted({file.filename.removesuffix(".tar.gz").split("-")[1] for file in files})
    affected = {
        "package": _package(name),
        "versions": versions,
        "database_specific": {"indicators": {"package_integrity": integrity}},
    }
    return _report(record, published, affected, name=name, source="demo-inspector")


def _listed(record: str, name: str, published: str, *versions: str) -> Advisory:
    affected = {"package": _package(name), "versions": list(versions)}
    return _report(record, published, affected, name=name, source="demo-analyst")


def _every_version(record: str, name: str, published: str) -> Advisory:
    events = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}
    affected = {"package": _package(name), "ranges": [events]}
    return _report(record, published, affected, name=name, source="demo-scanner")


def _report(
    record: str, published: str, affected: Mapping[str, object], *, name: str, source: str
) -> Advisory:
    origin = {
        "id": f"demo/{name}",
        "source": source,
        "import_time": published,
        "modified_time": published,
        "sha256": hashlib.sha256(record.encode()).hexdigest(),
        "versions": affected.get("versions", []),
    }
    return {
        **_record(record, published),
        "summary": f"Malicious code in {name} (PyPI)",
        "affected": [affected],
        "references": [{"type": "WEB", "url": f"https://git.example/advisories/{record}"}],
        "database_specific": {"malicious-packages-origins": [origin]},
    }


def _record(record: str, published: str) -> Advisory:
    return {
        "schema_version": "1.7.4",
        "id": record,
        "published": published,
        "modified": published,
    }


def _package(name: str) -> Mapping[str, str]:
    return {"ecosystem": _ECOSYSTEM, "name": name}


def _hashes(file: WorldFile) -> Mapping[str, str]:
    md5 = hashlib.md5(file.data, usedforsecurity=False).hexdigest()
    return {"blake2b_256": file.blake2b_256, "md5": md5, "sha256": file.sha256}
