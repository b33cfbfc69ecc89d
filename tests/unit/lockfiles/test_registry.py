from __future__ import annotations

from typing import Final

import pytest

from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.registry import (
    MANIFEST_FORMATS,
    OTHER_ECOSYSTEMS,
    PARSERS,
    SETTING_READINGS,
    WELL_KNOWN,
    crawl_worth,
    is_lock,
    lock_id,
    names_files,
    parse,
    parser_for,
    read_as,
    reading_of,
    versions,
    worth_of,
)
from crawler.model import LockId, ParseResult, Readable, Worth


def test_every_format_is_listed_once() -> None:
    formats = [parser.format for parser in PARSERS]

    assert len(formats) == len(set(formats))
    assert {"uv", "pylock"} <= set(formats)


class NewParser:
    """A format that was not read yesterday, or not in this version."""

    format: Final = "zz"

    def __init__(self, version: int = 1) -> None:
        self.version = version

    def wants(self, path: str) -> bool:
        return path == "zz.lock"

    def parse(self, data: bytes) -> ParseResult:
        return ParseResult(format=self.format, readable=Readable.FULLY)


def test_a_new_format_makes_another_version_of_the_parsers() -> None:
    assert versions((*PARSERS, NewParser())) != versions()


def test_a_format_that_is_read_otherwise_makes_another_version_of_the_parsers() -> None:
    assert versions((*PARSERS, NewParser(2))) != versions((*PARSERS, NewParser(1)))


def test_the_order_of_the_parsers_is_no_version() -> None:
    assert versions(PARSERS[::-1]) == versions()


def test_a_lock_that_is_read_finds_its_parser() -> None:
    parser = parser_for("api/uv.lock")

    assert parser is not None
    assert parser.format == "uv"
    assert is_lock("api/uv.lock")


@pytest.mark.parametrize("path", ["README.md", "uv.lock/x.txt", "lock", "requirements.py", ""])
def test_an_ordinary_file_is_no_lock(path: str) -> None:
    assert not is_lock(path)


@pytest.mark.parametrize("path", ["flake.lock", "nix/FLAKE.LOCK"])
def test_a_lock_that_pins_no_package_is_read_for_urls_of_files(path: str) -> None:
    url = f"https://files.index.example/packages/ab/cd/{'ef' * 30}/zz_ghost-1.0.tar.gz"
    text = f'{{"nodes": {{"zz": {{"locked": {{"type": "tarball", "url": "{url}"}}}}}}}}'

    result = parse(path, text.encode())

    assert not is_lock(path)
    assert names_files(path)
    assert (result.format, result.readable) == ("text", Readable.FULLY)
    assert [pin.url for pin in result.pins] == [url]


@pytest.mark.parametrize("path", ["3rdparty/python/default.lock", "build/lock.json"])
def test_a_lock_of_any_name_is_read_by_its_content(path: str) -> None:
    result = parse(path, b'// a header\n{"locked_resolves": []}')

    assert is_lock(path)
    assert (result.format, result.readable) == ("pex", Readable.FULLY)


@pytest.mark.parametrize("path", ["some.lock", "lock.json"])
def test_a_lock_that_neither_name_nor_content_tells_is_not_readable(path: str) -> None:
    result = parse(path, b"version = 1\n")

    assert (result.format, result.readable) == ("unknown", Readable.NOT)
    assert "neither by its name nor by its content" in result.skipped[0].reason


def test_a_lock_is_read_by_the_parser_of_its_path() -> None:
    result = parse("uv.lock", b"version = 1\n")

    assert (result.format, result.readable, result.pins) == ("uv", Readable.FULLY, ())


@pytest.mark.parametrize(
    ("path", "format_id"),
    [
        ("app/before-merge.uv.lock", "uv"),
        ("old.pylock.toml", "pylock"),
        ("broken.package-lock.json", "npm"),
        ("x.pdm.lock", "pdm"),
        ("x.bun.lock", "bun"),
    ],
)
def test_a_copy_under_a_longer_name_is_read_as_what_it_copies(path: str, format_id: str) -> None:
    parser = parser_for(path)

    assert parser is not None
    assert parser.format == format_id


@pytest.mark.parametrize(
    ("reading", "paths"),
    [
        ("uv", ["uv.lock", "a/uv.lock", "before-merge.uv.lock", "tool.py.lock"]),
        ("npm", ["package-lock.json", "npm-shrinkwrap.json", "x/node_modules/.package-lock.json"]),
        ("requirements", ["requirements.txt", "requirements-dev.txt", "requirements/dev.txt"]),
        ("pex", ["pex.lock", "tools.pex.lock"]),
        ("requirements-input", ["requirements-dev.in", "requirements/dev.in", "constraints.in"]),
        ("pipfile-manifest", ["Pipfile", "api/Pipfile"]),
        ("setup-cfg", ["setup.cfg", "tox.ini"]),
        ("setup-py", ["setup.py", "python/setup.py"]),
        ("noxfile", ["noxfile.py"]),
        ("pixi-manifest", ["pixi.toml", "mojoproject.toml"]),
        ("hatch-manifest", ["hatch.toml"]),
        ("tox-manifest", ["tox.toml"]),
        (
            "conda-environment",
            ["environment.yml", "environment-dev.yaml", "env.yml", "x/conda-env.yaml"],
        ),
        ("pre-commit", [".pre-commit-config.yaml", "a/.pre-commit-config.yml"]),
        ("package-json", ["package.json", "packages/a/package.json"]),
        ("pnpm-workspace", ["pnpm-workspace.yaml"]),
        ("package-yaml", ["a/package.yaml"]),
        ("deno-json", ["deno.json", "deno.jsonc", "a/import_map.json", "jsr.json"]),
        ("by-content", ["A.lock", "3rdparty/default.lock", "lock.json"]),
        ("other-lock", ["Scarb.lock", "a/Chart.lock", "CONAN.LOCK", "package.json5"]),
        ("script", ["tool.py", "tool.pyw", "bin/tool"]),
        ("text", ["Dockerfile", "flake.lock", "recipe/meta.yaml"]),
        ("nothing", ["README.md", "uv.lock/x.txt", ""]),
    ],
)
def test_names_that_are_read_alike_have_one_reading(reading: str, paths: list[str]) -> None:
    assert {reading_of(path) for path in paths} == {reading}
    assert {lock_id(path, "ab") for path in paths} == {LockId(oid="ab", reading=reading)}


@pytest.mark.parametrize("path", ["uv.lock", "A.lock", "tool.py", "Dockerfile", "README.md"])
@pytest.mark.parametrize("data", [b"", b"version = 1\n", b'{"locked_resolves": []}'])
def test_what_a_file_pins_depends_on_its_reading_and_its_bytes_alone(
    path: str, data: bytes
) -> None:
    assert read_as(reading_of(path), data) == parse(path, data)


@pytest.mark.parametrize(
    ("worth", "paths"),
    [
        (Worth.WELL_KNOWN, ["uv.lock", "a/b/uv.lock", "package-lock.json", "requirements.txt"]),
        (
            Worth.LIKELY,
            [
                "x.py.lock",
                "before-merge.uv.lock",
                "requirements/dev.txt",
                "pylock.a.toml",
                "UV.LOCK",
            ],
        ),
        (Worth.GUESS, ["deps.txt", "a/dev.txt", "x/y/z.pip", "yarn-lock.yml"]),
        (Worth.POSSIBLE, ["A.lock", "x/lock.json", "package.json", "a/setup.py"]),
        (
            Worth.NONE,
            [
                "README.md",
                "uv.lock/x.txt",
                "tool.py",
                "flake.lock",
                "a/node_modules/b/package.json",
                "",
            ],
        ),
    ],
)
def test_a_name_is_worth_more_the_more_it_tells_that_it_is_a_lock(
    worth: Worth, paths: list[str]
) -> None:
    assert {worth_of(path) for path in paths} == {worth}
    assert {max(crawl_worth(path), Worth.NONE) for path in paths} == {worth}


@pytest.mark.parametrize(
    "path",
    [
        "tool.py",
        "bin/a.sh",
        "Dockerfile.dev",
        "a/Makefile",
        ".github/workflows/x.yml",
        "b.ipynb",
        "Jenkinsfile",
        "app/generated-sources.json",
        "python3-modules.json",
        "WORKSPACE",
        "meta.yaml",
    ],
)
def test_a_file_that_may_hold_install_commands_is_counted_and_not_read(path: str) -> None:
    assert crawl_worth(path) is Worth.UNREAD


@pytest.mark.parametrize("path", ["Cargo.lock", "a/go.sum", "old.Cargo.lock"])
def test_a_lock_of_which_no_feed_speaks_is_worth_nothing_to_a_crawl(path: str) -> None:
    assert worth_of(path) > Worth.NONE
    assert crawl_worth(path) is Worth.NONE
    assert crawl_worth(path, told=set(OTHER_ECOSYSTEMS.values())) is worth_of(path)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.format)
def test_the_tool_of_every_format_writes_a_well_known_name(parser: LockParser) -> None:
    written = {name for name in WELL_KNOWN if parser_for(name) is parser}

    is_lock_format = parser.format not in SETTING_READINGS | MANIFEST_FORMATS | {"pyodide", "vlt"}
    assert bool(written) == is_lock_format, "manifests and settings are no locks; two are rare"


@pytest.mark.parametrize("folder", ["a/", "requirements/", "dependency-locks/"])
def test_a_well_known_name_is_read_alike_in_every_folder(folder: str) -> None:
    assert all(parser_for(folder + name) is parser_for(name) for name in WELL_KNOWN)


def test_fewer_names_are_well_known_than_the_limits_of_readers_count_on() -> None:
    assert len(WELL_KNOWN) < 32
