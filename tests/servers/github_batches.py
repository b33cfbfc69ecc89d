"""A loopback GitHub of a few repositories that answers batches, and the reader that asks it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from crawler.hosts.github.probe import LockEntry, Probe
from crawler.model import Head, ReadRequest, Refs, Visit
from tests.servers.api import Asked, Reply, json_reply, variables_of
from tests.servers.stage import Stage

COMMIT = "d" * 40


def oid_of(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass(frozen=True, kw_only=True)
class FakeGitHub:
    """Answers probes, texts and raw blobs for a few repositories."""

    locks: Mapping[str, Mapping[str, bytes]]
    """Repository -> path -> content."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    by_id: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, object] = field(default_factory=dict)
    """Oid -> what the API makes of its text."""
    faults: Mapping[str, dict[str, object]] = field(default_factory=dict)
    raw: Mapping[str, Reply] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Path -> bytes that the API gives for a file; default: its size."""

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/graphql":
            return self._graphql(variables_of(asked))
        if asked.path.startswith("/repositories/"):
            name = self.by_id.get(asked.path.rpartition("/")[2])
            return json_reply({"full_name": name}) if name else json_reply({}, status=404)
        return self._raw(asked.path)

    def _raw(self, path: str) -> Reply:
        oid = path.rpartition("/")[2]
        owner_and_name = "/".join(path.split("/")[2:4])
        if owner_and_name in self.renamed:
            return json_reply({}, status=301, location="/repositories/1")
        return self.raw.get(oid) or Reply(body=self._blobs()[oid])

    def _blobs(self) -> dict[str, bytes]:
        return {oid_of(data): data for files in self.locks.values() for data in files.values()}

    def _graphql(self, variables: Mapping[str, object]) -> Reply:
        data: dict[str, object] = {}
        errors: list[dict[str, object]] = []
        for key in [k for k in variables if k.startswith("o")]:
            index = key[1:]
            name = f"{variables[key]}/{variables['n' + index]}"
            name = self.renamed.get(name, name)
            if name in self.faults or name not in self.locks:
                data[f"r{index}"] = None
                fault = self.faults.get(name, {"type": "NOT_FOUND", "message": "no such"})
                errors.append({"path": [f"r{index}"]} | fault)
            elif f"b{index}" in variables:
                data[f"r{index}"] = {"blob": self._text(str(variables[f"b{index}"]))}
            else:
                data[f"r{index}"] = self._probe(name, index, variables)
        return json_reply({"data": data} | ({"errors": errors} if errors else {}))

    def _text(self, oid: str) -> object:
        data = self._blobs()[oid]
        text = self.texts.get(oid, data.decode())
        cut = {"text": str(text)[:512_000], "isTruncated": len(data) > 512_000}
        return {"oid": oid, "byteSize": len(data)} | (text if isinstance(text, dict) else cut)

    def _probe(self, name: str, index: str, variables: Mapping[str, object]) -> object:
        prefix = f"e{index}_"
        asked = {k.removeprefix(prefix): v for k, v in variables.items() if k.startswith(prefix)}
        files = self.locks[name]
        node: dict[str, object] = {
            "databaseId": self.numbers.get(name, 1),
            "nameWithOwner": name,
            "isPrivate": name.startswith("private/"),
            "isArchived": False,
            "defaultBranchRef": {"name": "main", "target": {"oid": COMMIT}} if files else None,
        }
        for alias, expression in asked.items():
            data = files.get(str(expression).removeprefix("HEAD:"))
            node[alias] = data and {
                "__typename": "Blob",
                "oid": oid_of(data),
                "byteSize": self.sizes.get(str(expression).removeprefix("HEAD:"), len(data)),
            }
        entries = [
            entry_of(path, data) | {"size": self.sizes.get(path, len(data))}
            for path, data in files.items()
            if "/" not in path
        ]
        node["root"] = {"__typename": "Tree", "entries": entries} if files else None
        return node


def entry_of(name: str, data: bytes, mode: int = 0o100644) -> dict[str, object]:
    return {"name": name, "oid": oid_of(data), "mode": mode, "size": len(data)}


def asked_for(
    *,
    known: Collection[str] = (),
    heads: Mapping[str, Mapping[str, str]] | None = None,
    refs: Refs = Refs.DEFAULT,
) -> ReadRequest:
    return ReadRequest(
        wanted=lambda path: path.endswith((".lock", "pylock.toml")),
        known=lambda files: [file.oid for file in files if file.oid in known],
        refs=refs,
        heads=heads or {},
    )


def visits_of(
    on: Stage,
    *paths: str,
    request: ReadRequest | None = None,
    portion_bytes: int = 64 * 1024 * 1024,
) -> list[Visit]:
    host = on.github()
    reader = replace(host.reader(), portion_bytes=portion_bytes)
    return list(reader.read([host.repository(p) for p in paths], request or asked_for()))


def probe_of(on: Stage, path: str, data: bytes, size: int | None = None) -> Probe:
    lock = LockEntry(path="uv.lock", oid=oid_of(data), size=size or len(data))
    head = Head(ref="refs/heads/main", commit=COMMIT, is_default=True)
    return Probe(repository=on.github().repository(path), head=head, locks=(lock,))
