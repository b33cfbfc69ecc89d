"""Direct URLs in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

from crawler.lockfiles.python.pyproject import PyprojectParser
from crawler.model import LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "pyproject"
SHA256 = "sha256:d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    return PyprojectParser().parse((DATA / f"{name}.pyproject.toml").read_bytes())


def line(number: int) -> LineSpan:
    return LineSpan(first=number, last=number)


def test_only_the_manifest_of_a_project_is_wanted() -> None:
    paths = ("pyproject.toml", "a/pyproject.toml", "Pyproject.toml", "pyproject.toml.j2")

    wanted = [path for path in paths if PyprojectParser().wants(path)]

    assert wanted == ["pyproject.toml", "a/pyproject.toml"]


def test_every_direct_url_and_checkout_is_a_pin_and_nothing_else() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(pin.name, str(pin.origin.kind), pin.filename, pin.lines) for pin in result.pins] == [
        ("zz-ghost-pkg", "url", FILE, line(6)),
        ("zz-vcs", "git", None, line(10)),
        ("zz-group", "url", "zz_group-1.0.tar.gz", line(15)),
        ("zz-here", "url", "zz_here-1.0.tar.gz", line(19)),
        ("zz-many", "git", None, line(21)),
        ("zz-poetry", "url", "zz_poetry-1.0.tar.gz", LineSpan(first=29, last=30)),
        ("zz-dev", "url", "zz_dev-1.0.tar.gz", line(33)),
    ]
    assert {flag for pin in result.pins for flag in pin.flags} == {"manifest"}


def test_the_hash_in_the_fragment_is_a_digest() -> None:
    result = read("plain")

    assert [str(digest) for digest in result.pins[0].digests] == [SHA256]


def test_credentials_never_reach_a_pin() -> None:
    result = read("plain")

    assert "s3cret" not in repr(result)


def test_a_manifest_without_direct_urls_pins_nothing() -> None:
    result = read("none")

    assert (result.readable, result.pins) == (Readable.FULLY, ())


def test_a_broken_manifest_still_names_the_files_of_an_index() -> None:
    result = read("broken")

    assert result.readable is Readable.PARTLY
    assert [(pin.url, pin.flags, pin.lines) for pin in result.pins] == [
        (URL, ("recovered", "manifest"), line(3)),
    ]


def test_a_bad_entry_is_skipped_and_the_rest_is_kept() -> None:
    result = read("bad-entries")

    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "line 4: not a requirement",
        "dependency-groups.dev: expected array, got int",
    ]
    assert [(pin.name, pin.url) for pin in result.pins] == [("zz-ghost-pkg", URL)]


def test_a_document_of_something_else_is_not_readable() -> None:
    result = PyprojectParser().parse(b"[package]\nzz = 1\n")

    assert result.readable is Readable.NOT


def test_more_direct_urls_than_anybody_writes_are_not_all_read() -> None:
    requirements = '"zz @ https://files.index.example/zz-1.0.tar.gz", ' * 20_001

    result = PyprojectParser().parse(f"[project]\ndependencies = [{requirements}]\n".encode())

    assert len(result.pins) == 20_000
    assert result.skipped[0].reason == "only the first 20000 direct URLs read"
