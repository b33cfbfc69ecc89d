"""One test per way in which rules_python keeps files in MODULE.bazel.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.bazelmod import BazelModParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "bazelmod"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"
DIGESTS = (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)


def read(name: str) -> ParseResult:
    return BazelModParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_facts_give_a_pin_per_file() -> None:
    result = read("plain.MODULE.bazel.lock")

    (pin,) = result.pins
    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert stated(result) == [("zz-ghost-pkg", None, "registry:https://index.example/simple")]
    assert (pin.url, pin.filename, pin.digests) == (URL, FILE, DIGESTS)
    assert pin.lines == LineSpan(first=11, last=11)


def test_facts_of_version_1_have_bare_digests_and_names_beside_the_urls() -> None:
    result = read("version-1.MODULE.bazel.lock")

    assert result.readable is Readable.FULLY
    assert [(pin.filename, pin.digests, pin.flags) for pin in result.pins] == [
        (FILE, DIGESTS, ()),
        ("2", (), ("no-hash",)),
    ]


def test_generated_repositories_of_older_locks_are_read() -> None:
    result = read("generated.MODULE.bazel.lock")

    assert result.readable is Readable.FULLY
    assert stated(result) == [
        ("zz-ghost-pkg", "1.0.0", "registry:"),
        ("zz-plain", "2.0.0", "registry:"),
    ]
    assert [(pin.url, pin.digests) for pin in result.pins] == [(URL, DIGESTS), (None, DIGESTS)]


def test_a_bad_digest_is_skipped_and_the_pin_kept() -> None:
    data = b'{"facts": {"e": {"dist_hashes": {"i": {"zz": {"https://a.example/b": "x", "u": 5}}}}}}'

    result = BazelModParser().parse(data)

    assert [pin.url for pin in result.pins] == ["https://a.example/b", "u"]
    assert [skipped.reason for skipped in result.skipped] == ["not a sha256 digest"] * 2
    assert result.skipped[0] == Skipped(
        context="facts.e.dist_hashes.i.zz.https://a.example/b", reason="not a sha256 digest"
    )


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("MODULE.bazel.lock", True),
        ("a/MODULE.bazel.lock", True),
        ("MODULE.bazel", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert BazelModParser().wants(path) is wanted
