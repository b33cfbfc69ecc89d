"""Names that tools open and none writes: of case-insensitive file systems, of settings, of habit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.lockfiles import crawl_worth, is_renamed, parse, parser_for, reading_of
from crawler.lockfiles.registry import WELL_KNOWN
from crawler.model import Readable, Worth

DATA = Path(__file__).parents[2] / "data" / "locks"
EXACT = b"zz-ghost==1.0.0\n"


@pytest.mark.parametrize("name", sorted(WELL_KNOWN))
def test_a_name_in_capitals_is_read_as_the_tool_that_opens_it_reads_it(name: str) -> None:
    spellings = (name.upper(), name.lower(), name.title(), name.replace("k", "\u212a"))

    assert {parser_for(f"a/{spelling}") for spelling in spellings} == {parser_for(name)}
    assert not any(is_renamed(spelling) for spelling in spellings)


@pytest.mark.parametrize(
    ("path", "reading"),
    [
        ("uv.lo\u200cck", "uv"),
        ("\ufeffuv.lock", "uv"),
        ("uv.lock.", "uv"),
        ("uv.lock ", "uv"),
        ("TOOL.PY.LOCK", "uv"),
        ("PIPFILE", "pipfile-manifest"),
        ("Package.JSON", "package-json"),
        ("Setup.Cfg", "setup-cfg"),
        (".NPMRC", "npmrc"),
        ("Pip.Conf", "pip-conf"),
    ],
)
def test_a_file_system_that_passes_over_characters_opens_the_same_file(
    path: str, reading: str
) -> None:
    assert reading_of(path) == reading


def plain(name: str) -> bytes:
    (path,) = DATA.glob(f"*/plain.{name}")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "format_id"),
    [
        ("uv.lock", "uv"),
        ("pylock.toml", "pylock"),
        ("poetry.lock", "poetry"),
        ("pdm.lock", "pdm"),
        ("Cargo.lock", "cargo"),
        ("yarn.lock", "yarn"),
        ("pnpm-lock.yaml", "pnpm"),
        ("pixi.lock", "pixi"),
        ("conda-lock.yml", "condalock"),
        ("conda-linux-64.lock", "conda-explicit"),
        ("package-lock.json", "npm"),
        ("bun.lock", "bun"),
        ("deno.lock", "deno"),
        ("Pipfile.lock", "pipfile"),
        ("composer.lock", "composer"),
        ("pex.lock", "pex"),
    ],
)
@pytest.mark.parametrize("path", ["tool.lock", "a/lock.json", "deps-lock.toml", "lockfile.txt"])
def test_a_lock_of_another_name_is_read_as_what_it_is(path: str, name: str, format_id: str) -> None:
    data = plain(name)

    result = parse(path, data)

    assert result.format == format_id
    assert result.pins == parse(name, data).pins


@pytest.mark.parametrize("path", ["Scarb.lock", "a/Chart.lock", ".terraform.lock", "buf.lock"])
def test_the_lock_of_a_tool_that_is_not_read_is_none_of_another_tool(path: str) -> None:
    result = parse(path, plain("uv.lock"))

    assert (result.readable, result.pins) == (Readable.NOT, ())
    assert crawl_worth(path) is Worth.POSSIBLE


def test_a_lock_of_pdm_without_its_header_is_none_of_poetry() -> None:
    lock = b'[metadata]\nlock_version = "4.5.0"\ncontent_hash = "sha256:00"\n[[package]]\nname = "zz"\n'

    assert parse("deps.lock", lock).format == "pdm"


@pytest.mark.parametrize(
    "path",
    [
        "deps.txt",
        "reqs.txt",
        "dev.txt",
        "needs.txt",
        "needs.pip",
        "a/b/c/any.pip",
        "ci/test.txt",
        "ci/py3-dev.txt",
        "deps/anything.txt",
        "a/b/test-deps.txt",
        "a/b/pip/any.txt",
        "requirements/prod/base.txt",
        "requirements/a/b/c/d.txt",
        "constraints/a/b.txt",
        "api.lock",
        "dev.in",
        "needs.in",
        "a/test-deps.in",
        "a/b/c/any.reqs",
        "a/requirements",
    ],
)
def test_a_requirements_file_of_any_likely_name_is_read(path: str) -> None:
    result = parse(path, b"# ours\n" + EXACT + b"zz-range>=1  # why not\n-r other.txt\n")

    assert result.format == "requirements"
    assert [(pin.name, pin.version) for pin in result.pins] == [
        ("zz-ghost", "1.0.0"),
        ("zz-range", None),
        (None, None),
    ]
    assert crawl_worth(path) is not Worth.NONE


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"zz-ghost\nzz-other\n",
        b"Install zz-ghost==1.0.0 first.\n",
        b"zz-ghost==1.0.0\nand then run it\n",
        b"a = b\n" + EXACT,
        b"\0" + EXACT,
        b"# zz-ghost==1.0.0\n",
        json.dumps({"zz-ghost": "==1.0.0"}).encode(),
    ],
)
def test_a_text_that_pip_would_refuse_or_that_pins_nothing_is_a_text(text: bytes) -> None:
    result = parse("notes.txt", text)

    assert (result.format, result.readable, result.pins) == ("text", Readable.FULLY, ())


def test_a_requirements_file_of_powershell_is_one_under_any_likely_name() -> None:
    text = "zz-ghost==1.0.0\r\n" * 10_000

    assert len(parse("deps.txt", text.encode("utf-16")).pins) == 10_000
    assert parse("deps.txt", "Notes of ours.".encode("utf-16")).format == "text"


def test_a_long_text_is_a_requirements_file_by_its_beginning_and_read_to_its_end() -> None:
    text = b"".join(b"zz-many==1.%d\n" % number for number in range(20_000))

    assert len(parse("deps.txt", text + EXACT).pins) == 20_001
    assert parse("deps.txt", b"no requirement\n" + text).format == "text"


@pytest.mark.parametrize(
    "path",
    [
        "LICENSE.txt",
        "README.txt",
        "CMakeLists.txt",
        "robots.txt",
        "blocklist.txt",
        "malicious-packages.txt",
        "ioc_list.txt",
        "docs/chapter.txt",
        "data/dev.txt",
        "node_modules/a/deps.txt",
        "a/b/dev.txt",
        "clock.json",
        "a/blocklist.json",
        "MANIFEST.in",
        "Makefile.in",
        "config.h.in",
        "src/needs.in",
    ],
)
def test_prose_data_and_texts_far_from_the_root_are_not_read(path: str) -> None:
    assert crawl_worth(path) <= Worth.NONE
