"""One test per way of writing a Pipfile.lock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.lockfiles.python.pipfile import PipfileParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "pipfile"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    return PipfileParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_a_release_gives_one_pin_with_all_its_hashes() -> None:
    result = read("plain.Pipfile.lock")

    (pin,) = result.pins
    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert stated(result) == [("zz-ghost-pkg", "1.0.0", "registry:https://index.example/simple")]
    assert pin.digests == (
        Digest(algorithm=Algorithm.SHA256, hex=SHA256),
        Digest(algorithm=Algorithm.SHA256, hex="d" * 64),
    )
    assert (pin.url, pin.flags, pin.lines) == (None, (), LineSpan(first=24, last=32))
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize(
    ("key", "name", "origin"),
    [
        (
            "zz-ghost from git+https://git.example/k/zz-ghost.git@v0.1.2#egg=zz-ghost",
            "zz-ghost",
            "git:git+https://git.example/k/zz-ghost.git@v0.1.2#egg=zz-ghost",
        ),
        (
            "zz-ghost from https://files.index.example/zz_ghost-1.0.0.tar.gz",
            "zz-ghost",
            "url:https://files.index.example/zz_ghost-1.0.0.tar.gz",
        ),
        (
            "zz-ghost from ./vendor/zz_ghost-1.0.0.tar.gz",
            "zz-ghost",
            "path:./vendor/zz_ghost-1.0.0.tar.gz",
        ),
        ("zz-plain", "zz-plain", "registry:https://index.example/simple"),
    ],
)
def test_a_key_of_old_states_the_place_and_the_entry_one_hash(
    key: str, name: str, origin: str
) -> None:
    lock = {
        "_meta": {"sources": [{"url": "https://index.example/simple"}]},
        "default": {key: {"hash": "sha256:" + "ab" * 32, "version": "==1.0.0"}},
    }

    (pin,) = PipfileParser().parse(json.dumps(lock).encode()).pins

    assert (pin.name, pin.version, str(pin.origin)) == (name, "1.0.0", origin)
    assert [digest.hex for digest in pin.digests] == ["ab" * 32]


def test_every_category_and_kind_of_source_is_read() -> None:
    result = read("kinds.Pipfile.lock")

    assert result.readable is Readable.FULLY
    assert stated(result) == [
        ("zz-ghost-pkg", None, f"url:{URL}"),
        ("zz-git", None, "git:https://git.example/zz.git#" + "1" * 40),
        ("zz-editable", None, "editable:."),
        ("zz-folder", None, "directory:./zz-folder"),
        ("zz-file", None, "path:./vendor/zz_file-1.0.0-py3-none-any.whl"),
        ("zz-default-index", "2.0.0", "registry:https://index.example/simple"),
        ("zz-second", "3.0.0", "registry:https://mirror.example/simple"),
        ("zz-any", None, "registry:gone"),
    ]


def test_a_file_url_that_was_written_by_hand_is_the_pin() -> None:
    result = read("kinds.Pipfile.lock")

    pin = result.pins[0]
    assert (pin.url, pin.filename) == (URL, FILE)
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)


def test_a_bad_hash_is_skipped_and_the_pin_kept() -> None:
    data = b'{"default": {"zz": {"hashes": ["rot13:00", 5], "version": "==1"}, "zy": 7}}'

    result = PipfileParser().parse(data)

    assert stated(result) == [("zz", "1", "registry:")]
    assert result.skipped == (
        Skipped(context="default.zz.hashes[0]", reason="unknown digest algorithm"),
        Skipped(context="default.zz.hashes[1]", reason="unknown digest algorithm"),
        Skipped(context="default.zy", reason="expected table"),
    )


def test_a_lock_cut_off_is_read_as_text() -> None:
    data = (DATA / "kinds.Pipfile.lock").read_bytes()

    result = PipfileParser().parse(data[:1100])

    pin = result.pins[0]
    assert result.readable is Readable.PARTLY
    assert (pin.name, pin.url, pin.flags) == ("zz-ghost-pkg", URL, ("recovered",))
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Pipfile.lock", True),
        ("api/Pipfile.lock", True),
        ("Pipfile", False),
        ("pipfile.lock", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert PipfileParser().wants(path) is wanted
