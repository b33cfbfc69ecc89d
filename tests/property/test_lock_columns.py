"""What a lock is told to name, before any pin is made, is what its pins name."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from crawler import lockfiles
from crawler.matching import named_by
from crawler.model import ParseResult
from crawler.model.block import SharedResult
from tests.generated import examples

SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = f"packages/ab/cd/{'ef' * 30}"
HOSTS = (
    *["https://files.index.example"] * 30,
    "http://files.index.example",
    "https://files.lndex.example",
    "https://Files.index.example",
    "https://files.index.example:8443",
    "https://zz@files.index.example",
)
FILES = (
    *["zz_a-1.0-py3-none-any.whl", "zz_a-1.0.tar.gz"] * 30,
    "zz_a-1.0-1-py3-none-any.whl",
    "zz.a-1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "zz-a-1.0.tar.gz",
    "zz_a-1.0.zip",
    "zz_a-1.0.post1.tar.gz",
    "zz_a-1.0-2.tar.gz",
    "zz_a-1-0-py3-none-any.whl",
    "zz_a-1.0-py3-none-any-zz-any.whl",
    "zz_a-01.0-py3-none-any.whl",
    "zz_a-1.0_1-py3-none-any.whl",
    "zz_b-1.0-py3-none-any.whl",
    "zz_a-2.0-py3-none-any.whl",
    "ZZ_A-1.0-py3-none-any.whl",
    "zz_a-1.0%2B1-py3-none-any.whl",
    "zz_a-1.0+1-py3-none-any.whl",
    "zz_a-zz-py3-none-any.whl",
    ".zz_a-1.0.tar.gz",
    "zz",
)
HASHES = (*[SHA256] * 40, SHA256[::-1], SHA256.upper(), SHA256[1:], "")
NAMES = (*["zz-a"] * 30, "ZZ.a", "zz_a", "zz a", "-", "\u212azz")
VERSIONS = (*["1.0"] * 30, "1.0.0", "v1.0", "1.0+1", "zz", "0" * 120)
MOMENTS = (
    *["2026-01-01T00:00:00Z"] * 30,
    "2026-02-28T23:59:59.5Z",
    "2026-02-30T00:00:00Z",
    "2026-13-01",
)
STRINGS = (*['"zz"'] * 20, '"zz"', '"a \\"zz\\""', '"\\u0041"', "'zz'", '""', '"[[package]]"', "3")
INDEXES = (
    *["https://index.example/simple"] * 30,
    "https://zz:zz@index.example/simple",
    "https://other.example/",
    "../zz",
)


@dataclass(frozen=True, kw_only=True)
class File:
    """An artifact of a lock."""

    url: str
    name: str
    sha256: str
    moment: str


one_of = st.sampled_from
files = st.builds(
    lambda host, name, sha256, moment: File(
        url=f"{host}/{PATH}/{name}", name=name, sha256=sha256, moment=moment
    ),
    one_of(HOSTS),
    one_of(FILES),
    one_of(HASHES),
    one_of(MOMENTS),
)
several = st.lists(files, min_size=1, max_size=3)


def head(draw: st.DrawFn) -> str:
    return f'name = "{draw(one_of(NAMES))}"\nversion = "{draw(one_of(VERSIONS))}"\n'


def maybe(draw: st.DrawFn, line: str) -> str:
    return f"{line}\n" if draw(st.booleans()) else ""


@st.composite
def uv(draw: st.DrawFn) -> str:
    requirement = f'{{ name = "zz-b", extra = [{draw(one_of(STRINGS))}] }}'

    def line(file: File) -> str:
        stated = f', hash = "sha256:{file.sha256}"' if file.sha256 else ""
        return f'{{ url = "{file.url}"{stated}, size = 1, upload-time = "{file.moment}" }}'

    return (
        f"[[package]]\n{head(draw)}"
        f'source = {{ registry = "{draw(one_of(INDEXES))}" }}\n'
        + maybe(draw, f"dependencies = [\n    {requirement},\n]")
        + maybe(draw, f"sdist = {line(draw(files))}")
        + maybe(draw, "\n".join(["wheels = [", *[f"    {line(f)}," for f in draw(several)], "]"]))
        + maybe(draw, f"\n[package.optional-dependencies]\nzz = [\n    {requirement},\n]")
    )


@st.composite
def pylock(draw: st.DrawFn) -> str:
    def line(file: File) -> str:
        named = f'name = "{draw(one_of((file.name, "zz_c-1.0.tar.gz")))}", '
        return (
            f'{{ {named if draw(st.booleans()) else ""}url = "{file.url}"'
            f', upload-time = {file.moment}, hashes = {{ sha256 = "{file.sha256}" }} }}'
        )

    return (
        f"[[packages]]\n{head(draw)}"
        + maybe(draw, f"marker = {draw(one_of(STRINGS))}")
        + maybe(draw, f'index = "{draw(one_of(INDEXES))}"')
        + maybe(draw, f"sdist = {line(draw(files))}")
        + maybe(draw, "\n".join(["wheels = [", *[f"    {line(f)}," for f in draw(several)], "]"]))
        + maybe(draw, f"marker = {draw(one_of(STRINGS))}")
        + maybe(draw, "\n[packages.tool.pdm]\ndependencies = []")
    )


def file_list(draw: st.DrawFn) -> str:
    lines = [f'    {{file = "{f.name}", hash = "sha256:{f.sha256}"}},' for f in draw(several)]
    return "\n".join(["files = [", *lines, "]\n"])


@st.composite
def poetry(draw: st.DrawFn) -> str:
    return (
        f'[[package]]\n{head(draw)}description = {draw(one_of(STRINGS))}\noptional = false\n'
        f'python-versions = ">=3.9"\ngroups = ["main"]\n{file_list(draw)}'
        + maybe(draw, '\n[package.dependencies]\nzz-b = "1"')
        + maybe(draw, "\n[package.extras]\nzz = []\nzz = []")
    )  # fmt: skip


@st.composite
def pdm(draw: st.DrawFn) -> str:
    return f"[[package]]\n{head(draw)}summary = {draw(one_of(STRINGS))}\n{file_list(draw)}"


LOCKS = {
    "uv.lock": ("version = 1\n", uv()),
    "pylock.toml": ('lock-version = "1.0"\n', pylock()),
    "poetry.lock": ("# zz\n", poetry()),
    "pdm.lock": ("# zz\n", pdm()),
}


@pytest.mark.parametrize("path", LOCKS)
@examples(200)
@given(data=st.data())
def test_a_lock_is_told_to_name_what_its_pins_name(path: str, data: st.DataObject) -> None:
    top, package = LOCKS[path]
    text = "\n".join([top, *data.draw(st.lists(package, min_size=1, max_size=3))])

    told = lockfiles.parse(path, text.encode())

    pins = told.pins
    event(f"told: {isinstance(told, SharedResult) and any(b.columns for b in told.blocks)}")
    made = ParseResult(format=told.format, readable=told.readable, pins=pins)
    assert told.count == len(pins)
    assert named_by(told) == named_by(made)
