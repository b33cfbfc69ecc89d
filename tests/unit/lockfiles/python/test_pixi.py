"""One test per way of writing a pixi.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.pixi import PixiParser
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, ParseResult, Pin, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "pixi"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    return PixiParser().parse((DATA / f"{name}.pixi.lock").read_bytes())


def ghost(result: ParseResult) -> Pin:
    return next(pin for pin in result.pins if pin.name == "zz-ghost-pkg")


@pytest.mark.parametrize(
    ("name", "origin", "first", "last"),
    [
        ("plain", "registry:", 18, 22),
        ("version-3", "registry:", 6, 14),
        ("version-5", "registry:", 17, 21),
        ("version-7", "registry:https://index.example/simple", 12, 16),
    ],
)
def test_every_version_gives_the_same_pin(name: str, origin: str, first: int, last: int) -> None:
    result = read(name)

    pin = ghost(result)
    assert result.readable is Readable.FULLY
    assert (pin.ecosystem, pin.version, str(pin.origin)) == (Ecosystem.PYPI, "1.0.0", origin)
    assert (pin.url, pin.filename, pin.flags) == (URL, FILE, ())
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)
    assert pin.lines == LineSpan(first=first, last=last)


def test_a_conda_package_has_its_name_in_the_file_name() -> None:
    result = read("plain")

    tool = result.pins[0]
    assert (tool.ecosystem, tool.name, tool.version) == (Ecosystem.CONDA, "zz-tool", "2.0")
    assert [str(digest.algorithm) for digest in tool.digests] == ["md5", "sha256"]


def test_every_kind_of_source_is_told_apart() -> None:
    result = read("version-7")

    assert [(pin.name, str(pin.origin), pin.filename) for pin in result.pins[1:]] == [
        ("zz-direct", "url:https://forge.example/zz_direct-1.0.0.tar.gz", "zz_direct-1.0.0.tar.gz"),
        ("zz-git", "git:git+https://git.example/zz.git?rev=1#0123", None),
        (
            "zz-vendored",
            "path:./links/zz_vendored-1.0.0-py3-none-any.whl",
            "zz_vendored-1.0.0-py3-none-any.whl",
        ),
        ("zz-local", "directory:./zz-local", None),
        ("zz-built", "directory:./zz-built", None),
        ("zz-fetched", "url:https://forge.example/zz-fetched.tar.gz", "zz-fetched.tar.gz"),
        ("zz-cloned", "git:https://git.example/zz.git#0123", None),
    ]
    assert "s3cret" not in repr(result)


def test_an_editable_path_is_editable() -> None:
    result = read("version-5")

    assert str(result.pins[2].origin) == "editable:./zz-local"


def test_a_wheel_of_another_project_is_flagged() -> None:
    lock = f"version: 6\npackages:\n- pypi: {URL}\n  name: zz-honest\n  version: 1.0.0\n"

    result = PixiParser().parse(lock.encode())

    assert result.pins[0].flags == ("no-hash", "name-differs")


@pytest.mark.parametrize(
    ("entry", "context"),
    [
        ("- name: zz\n", "packages[0].kind"),
        ("- kind: pypi\n  name: zz\n", "packages[0].pypi"),
        ("- pypi: [1]\n", "packages[0].pypi"),
        ("- zz\n", "packages[0]"),
        (f"- pypi: {URL}\n  name: zz-ghost-pkg\n  sha256: 12\n", "packages[0].sha256"),
    ],
)
def test_an_entry_that_cannot_be_read_hides_no_other(entry: str, context: str) -> None:
    lock = f"version: 6\npackages:\n{entry}- pypi: ./zz-bystander\n  name: zz-bystander\n"

    result = PixiParser().parse(lock.encode())

    assert result.readable is Readable.PARTLY
    assert result.pins[-1].name == "zz-bystander"
    assert context in {skip.context for skip in result.skipped}


def test_an_unknown_version_is_read_and_noted() -> None:
    result = PixiParser().parse(f"version: 99\npackages:\n- pypi: {URL}\n  name: zz\n".encode())

    assert result.pins[0].url == URL
    assert result.skipped[0].context == "version"


def test_only_pixi_lock_is_wanted() -> None:
    wanted = [PixiParser().wants(path) for path in ("pixi.lock", "a/pixi.lock", "mypixi.lock")]

    assert wanted == [True, True, False]
