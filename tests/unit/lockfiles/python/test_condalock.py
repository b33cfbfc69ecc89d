"""One test per way of writing a lock of conda-lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.condalock import CondaLockParser
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "condalock"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"


def read(name: str) -> ParseResult:
    return CondaLockParser().parse((DATA / f"{name}.conda-lock.yml").read_bytes())


def test_a_pip_entry_is_a_pypi_pin_with_a_normal_name() -> None:
    result = read("plain")

    pin = result.pins[1]
    assert result.readable is Readable.FULLY
    assert (pin.ecosystem, pin.name, pin.version) == (Ecosystem.PYPI, "zz-ghost-pkg", "1.0.0")
    assert (str(pin.origin), pin.filename) == ("registry:", FILE)
    assert pin.url == f"https://files.index.example{PATH}/{FILE}"
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)
    assert pin.lines == LineSpan(first=25, last=34)


def test_a_conda_entry_is_a_conda_pin() -> None:
    result = read("plain")

    pin = result.pins[0]
    assert (pin.ecosystem, pin.name, pin.version) == (Ecosystem.CONDA, "zz-tool", "2.0")
    assert pin.filename == "zz-tool-2.0-h0123_0.conda"


def test_every_kind_of_source_is_told_apart() -> None:
    result = read("sources")

    assert result.readable is Readable.FULLY
    assert [(pin.name, str(pin.origin), pin.flags) for pin in result.pins] == [
        ("zz-direct", "url:https://forge.example/zz_direct-1.0.0.tar.gz", ()),
        ("zz-cloned", "git:git+https://git.example/zz.git@0123", ()),
        ("zz-ghost-pkg", "registry:", ("no-hash",)),
    ]
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize(
    ("entry", "context"),
    [
        ("- name: zz\n  manager: pip\n", "package[0].url"),
        ("- url: https://forge.example/zz.zip\n  manager: pip\n", "package[0].name"),
        ("- name: zz\n  url: https://forge.example/zz.zip\n", "package[0].manager"),
        ("- zz\n", "package[0]"),
        (
            "- name: zz\n  manager: pip\n  url: https://forge.example/zz.zip\n  hash: {md5: x}\n",
            "package[0].hash.md5",
        ),
    ],
)
def test_an_entry_that_cannot_be_read_hides_no_other(entry: str, context: str) -> None:
    other = "- name: zz-bystander\n  manager: pip\n  url: https://forge.example/zz-1.zip\n"

    result = CondaLockParser().parse(f"version: 1\npackage:\n{entry}{other}".encode())

    assert result.readable is Readable.PARTLY
    assert result.pins[-1].name == "zz-bystander"
    assert context in {skip.context for skip in result.skipped}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("conda-lock.yml", True),
        ("a/conda-lock.yaml", True),
        ("dev.conda-lock.yml", True),
        ("my-conda-lock.yml", False),
        ("conda-linux-64.lock", False),
    ],
)
def test_only_the_names_that_conda_lock_writes_are_wanted(path: str, *, wanted: bool) -> None:
    assert CondaLockParser().wants(path) is wanted
