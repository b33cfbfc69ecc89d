from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.conda_explicit import CondaExplicitParser
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "conda-explicit"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
URL = f"https://files.index.example{PATH}/zz_ghost_pkg-1.0.0-py3-none-any.whl"


def read(name: str) -> ParseResult:
    return CondaExplicitParser().parse((DATA / f"{name}.conda-linux-64.lock").read_bytes())


def test_a_url_of_conda_names_its_package_by_its_file() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(pin.ecosystem, pin.name, pin.version, pin.digests) for pin in result.pins[:2]] == [
        (
            Ecosystem.CONDA,
            "zz_lib",
            "1.2.3",
            (Digest(algorithm=Algorithm.MD5, hex="0" * 32),),
        ),
        (
            Ecosystem.CONDA,
            "zz-two",
            "2024a",
            (Digest(algorithm=Algorithm.SHA256, hex="1" * 64),),
        ),
    ]


def test_the_requirements_of_pip_hide_in_comments() -> None:
    result = read("plain")

    pins = result.pins[2:]
    assert [(pin.ecosystem, pin.name, pin.url) for pin in pins] == [
        (Ecosystem.PYPI, "zz-ghost-pkg", f"{URL}#sha256={SHA256}"),
        (Ecosystem.PYPI, "zz-hash", URL),
    ]
    assert all(pin.digests[0].hex == SHA256 for pin in pins)
    assert pins[0].lines == LineSpan(first=6, last=6)


def test_neither_credentials_nor_a_token_in_the_path_reach_a_pin() -> None:
    result = read("token")

    assert result.pins[0].url == "https://conda.example/t/***/forge/noarch/zz-1-0.conda"
    assert "s3cret" not in repr(result)


def test_a_bad_line_is_skipped_and_the_rest_is_kept() -> None:
    result = read("token")

    assert [(pin.name, pin.version) for pin in result.pins] == [
        ("zz", "1"),
        (None, None),
        ("zz", "2"),
    ]
    assert result.skipped == (
        Skipped(context="line 3", reason="no name and version in the file name"),
        Skipped(context="line 4", reason="unknown digest algorithm"),
        Skipped(context="line 5", reason="not the URL of a package"),
    )


def test_a_list_without_its_mark_is_read_and_never_clean() -> None:
    result = read("no-explicit")

    assert [pin.name for pin in result.pins] == ["zz"]
    assert result.skipped == (Skipped(context="document", reason="no line @EXPLICIT"),)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("conda-linux-64.lock", True),
        ("env/explicit-env-osx-arm64.txt", True),
        ("zz_win-64.txt", True),
        ("spec-file.txt", True),
        ("conda-lock.yml", False),
        ("notes-linux.txt", False),
    ],
)
def test_only_explicit_specifications_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert CondaExplicitParser().wants(path) is wanted
