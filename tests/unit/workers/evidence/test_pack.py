"""An evidence pack: sound as it was written, unsound with any byte changed, checked by git without us."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from crawler.errors import GiveUp, Malformed
from crawler.git.commandline import CommandLineReader
from crawler.git.proof import read_proof
from crawler.model import Report
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.unit.reporting.letters import EVIDENCE, confirmed, found
from tests.values import NOW, REPOSITORY, SIGHTING
from workers.evidence import pack
from workers.evidence.archive import archive, files_in
from workers.evidence.objects import loose, objects_in
from workers.evidence.originals import Originals
from workers.signing import Signature, SignatureKind

PATH = "app/$(id) 'x'/uv.lock"
LOCK = b"version = 1\nghost\n"


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Mapping[str, bytes]]:
    """A finding in a real repository, and the objects that its host served."""
    root = tmp_path_factory.mktemp("proved")
    repository = bare(root / "r.git")
    tip = commit(repository, {PATH: LOCK, "README.md": b"other\n"})
    with (
        GitHttpServer(root) as server,
        CommandLineReader(agent="a", trusted_hosts=[server.authority]) as reader,
    ):
        listing = reader.trees(server.url("r.git"), [tip], lambda path: path.endswith(".lock"))
        (file,) = listing.files
        reader.blobs(server.url("r.git"), [file.oid])
        objects = read_proof(reader, tip, PATH, file.oid)
    sighting = replace(SIGHTING, commit=tip, path=PATH, oid=file.oid)
    evidence = replace(EVIDENCE, lock_sha256=sha256(LOCK).hexdigest())
    report = replace(found(confirmed(), sighting=sighting), evidence=evidence)
    return report, loose(objects)


@pytest.fixture
def files(proved: tuple[Report, Mapping[str, bytes]]) -> dict[str, bytes]:
    report, objects = proved
    return dict(pack.unsigned(report, objects, [{"seal": "0" * 64}], [], NOW))


def test_a_pack_is_sound_and_says_what_it_claims(
    files: dict[str, bytes], proved: tuple[Report, Mapping[str, bytes]]
) -> None:
    report, _ = proved
    opened = pack.open_pack(pack.signed(files, None))

    assert opened.lock == LOCK
    assert opened.manifest["path"] == PATH
    assert opened.manifest["commit"] == report.finding.sighting.commit
    assert opened.signature is None


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.slow)])
def test_any_flipped_byte_is_found(files: dict[str, bytes], step: int) -> None:
    data = pack.signed(files, Signature(kind=SignatureKind.SSH, text="signature"))
    sound = pack.open_pack(data)
    unnoticed = []
    for position in range(0, len(data), step):
        changed = bytearray(data)
        changed[position] ^= 0x01
        try:
            opened = pack.open_pack(bytes(changed))
        except GiveUp:
            continue
        if opened.signature == sound.signature:  # another one vouches for nothing
            unnoticed.append(position)

    assert unnoticed == []


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_a_pack_that_is_cut_off_is_refused(files: dict[str, bytes], length: int) -> None:
    with pytest.raises(Malformed):
        pack.open_pack(pack.signed(files, None)[:length])


def test_what_is_put_behind_a_pack_is_found(files: dict[str, bytes]) -> None:
    with pytest.raises(Malformed):
        pack.open_pack(pack.signed(files, None) + b"x")


def summed(files: dict[str, bytes]) -> bytes:
    """Return a pack whose sums are right, whatever is in it."""
    del files["SHA256SUMS"]
    lines = [f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return archive({**files, "SHA256SUMS": "".join(lines).encode()})


def test_objects_that_prove_another_lock_are_refused_though_their_sums_are_right(
    files: dict[str, bytes],
) -> None:
    manifest = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps(manifest | {"blob": "9" * 40}).encode()
    finding = json.loads(files["finding.json"])
    finding["lock"]["blob"] = "9" * 40
    files["finding.json"] = json.dumps(finding).encode()

    with pytest.raises(Malformed):
        pack.open_pack(summed(files))


@pytest.mark.parametrize("which", [0, 1, 2, 3, 4])
def test_a_missing_object_is_found(files: dict[str, bytes], which: int) -> None:
    del files[sorted(name for name in files if name.startswith("objects/"))[which]]

    with pytest.raises(Malformed):
        pack.open_pack(summed(files))


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"{}", b"null", b'{"schema": "other"}', b"[" * 100_000]
)
def test_a_manifest_that_says_nothing_is_refused(files: dict[str, bytes], manifest: bytes) -> None:
    files["manifest.json"] = manifest

    with pytest.raises(Malformed):
        pack.open_pack(summed(files))


def test_git_and_sha256sum_check_it_without_us(
    files: dict[str, bytes], tmp_path: Path, proved: tuple[Report, Mapping[str, bytes]]
) -> None:
    report, _ = proved
    (tmp_path / "PACK").write_bytes(pack.signed(files, None))
    with zipfile.ZipFile(tmp_path / "PACK") as zipped:
        zipped.extractall(tmp_path / "pack")
    steps = [
        line
        for line in files["README.txt"].decode().splitlines()
        if line.startswith("    ") and "unzip" not in line
    ]
    ran = subprocess.run(
        ["sh", "-ec", "sha256sum -c SHA256SUMS\n" + "\n".join(steps)],
        cwd=tmp_path / "pack",
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == report.finding.sighting.oid
    assert "uid=" not in ran.stdout


def test_a_pack_reads_no_archive_of_anybody_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as zipped:
        zipped.writestr("README.txt", "x")
        zipped.writestr("../../evil", "x" * 1000, zipfile.ZIP_DEFLATED)

    with pytest.raises(Malformed, match=r"this is no pack of ghostcrawl$"):
        files_in((tmp_path / "x.zip").read_bytes())


def test_what_is_kept_is_for_this_user_alone_and_goes_after_its_time(
    proved: tuple[Report, Mapping[str, bytes]], tmp_path: Path
) -> None:
    report, objects = proved
    originals = Originals(folder=tmp_path)
    originals.keep(report.finding, objects_in(objects))

    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert originals.of(report.finding) == objects
    other = replace(report.finding, repository=replace(REPOSITORY, clone_url="https://o.example/"))
    assert originals.of(other) is None
    assert originals.prune(NOW.replace(year=1990)) == 0
    assert originals.prune(NOW.replace(year=2200)) == 1
    assert originals.of(report.finding) is None
