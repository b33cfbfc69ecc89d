"""One test per way of writing a uv.lock; uv accepts every one of them unless the name says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.uv import UvParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Pin, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "uv"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
BLAKE2B = "78cd9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"
INDEX = "registry:https://index.example/simple"


def read(name: str) -> ParseResult:
    return UvParser().parse((DATA / f"{name}.uv.lock").read_bytes())


def ghost(result: ParseResult) -> Pin:
    return result.pins[0]


def lines(first: int, last: int) -> LineSpan:
    return LineSpan(first=first, last=last)


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("plain", lines(10, 10)),
        ("bom", lines(10, 10)),
        ("crlf", lines(10, 10)),
        ("escaped-url", lines(10, 10)),
        ("hex-escape", lines(10, 10)),
        ("escaped-key", lines(10, 10)),
        ("escaped-header", lines(10, 10)),
        ("literal-and-dotted", lines(10, 10)),
        ("multiline-string", lines(10, 12)),
        ("multiline-inline-table", lines(10, 14)),
        ("upper-case-name", lines(10, 10)),
        ("upper-case-hash", lines(10, 10)),
        ("future-revision-99", lines(10, 10)),
        ("distribution-table", lines(9, 9)),
        ("upload-time-underscore", lines(10, 10)),
        ("decoy", lines(20, 20)),
        ("inline-packages", lines(4, 4)),
        ("subtables", lines(10, 13)),
    ],
)
def test_every_accepted_spelling_gives_the_same_pin(name: str, span: LineSpan) -> None:
    result = read(name)

    pin = ghost(result)
    assert result.readable is Readable.FULLY
    assert result.skipped == ()
    assert (pin.name, pin.version, str(pin.origin)) == ("zz-ghost-pkg", "1.0.0", INDEX)
    assert (pin.url, pin.filename) == (URL, FILE)
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)
    assert pin.flags == ()
    assert pin.lines == span


@pytest.mark.parametrize("name", ["plain", "upload-time-underscore"])
def test_the_upload_time_is_kept(name: str) -> None:
    result = read(name)

    assert ghost(result).uploaded_at == "2026-01-01T00:00:00.000Z"


def test_a_package_without_artifacts_spans_its_block() -> None:
    result = read("plain")

    pin = result.pins[1]
    assert (pin.name, pin.url, str(pin.origin)) == ("zz-project", None, "virtual:.")
    assert pin.lines == lines(13, 22)


def test_a_wheel_of_another_project_is_flagged() -> None:
    result = read("name-is-not-the-wheel")

    assert (ghost(result).name, ghost(result).flags) == ("zz-honest", ("name-differs",))


def test_a_registry_artifact_without_hash_is_flagged() -> None:
    result = read("no-hash")

    assert (ghost(result).digests, ghost(result).flags) == ((), ("no-hash",))


def test_query_and_fragment_stay_in_the_url_and_out_of_the_file_name() -> None:
    result = read("query-fragment")

    assert ghost(result).url == f"{URL}?x=1#sha256=00"
    assert ghost(result).filename == FILE


def test_a_percent_encoded_file_name_is_decoded() -> None:
    result = read("percent-encoded")

    assert ghost(result).filename == FILE


def test_credentials_never_reach_a_pin() -> None:
    result = read("credentials")

    assert (ghost(result).url, str(ghost(result).origin)) == (URL, INDEX)
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("mirror", f"https://mirror.example{PATH}/{FILE}"),
        ("foreign-file-host", f"https://cdn.forge.example{PATH}/{FILE}"),
        (
            "mirror-without-digest-path",
            f"https://nexus.example/repository/pypi/packages/zz-ghost-pkg/1.0.0/{FILE}",
        ),
    ],
)
def test_the_url_is_kept_as_stored_whatever_its_host(name: str, url: str) -> None:
    result = read(name)

    assert ghost(result).url == url


@pytest.mark.parametrize(
    ("name", "algorithm", "hexadecimal"),
    [
        ("sha512", Algorithm.SHA512, "ab" * 64),
        ("blake2b", Algorithm.BLAKE2B_256, BLAKE2B),
        ("md5", Algorithm.MD5, "0" * 32),
    ],
)
def test_every_digest_algorithm_is_read(name: str, algorithm: Algorithm, hexadecimal: str) -> None:
    result = read(name)

    assert ghost(result).digests == (Digest(algorithm=algorithm, hex=hexadecimal),)


def test_a_hash_of_wrong_length_is_skipped_and_the_pin_kept() -> None:
    result = read("short-hash")

    assert ghost(result).url == URL
    assert result.readable is Readable.PARTLY
    assert result.skipped == (
        Skipped(context="package[0].wheels[0].hash", reason="not a sha256 digest"),
    )


def test_an_unknown_version_is_read_and_never_clean() -> None:
    result = read("version-2")

    assert ghost(result).url == URL
    assert result.readable is Readable.PARTLY
    assert result.skipped[0].context == "version"


def test_a_fork_gives_a_pin_for_each_version() -> None:
    result = read("forked")

    assert [(pin.version, pin.lines) for pin in result.pins] == [
        ("1.0.0", lines(10, 10)),
        ("2.0.0+cpu", lines(18, 18)),
    ]
    assert result.pins[1].filename == "zz_ghost_pkg-2.0.0+cpu-cp312-cp312-linux_x86_64.whl"


def test_every_kind_of_source_is_told_apart() -> None:
    result = read("sources")

    assert [(pin.name, str(pin.origin), pin.filename) for pin in result.pins] == [
        ("zz-git", "git:https://git.example/zz.git?rev=main#" + "1" * 40, None),
        (
            "zz-url-sdist",
            "url:https://files.index.example/zz_url_sdist-1.0.0.tar.gz",
            "zz_url_sdist-1.0.0.tar.gz",
        ),
        (
            "zz-url-bare",
            "url:https://files.index.example/zz_url_bare-1.0.0.zip",
            "zz_url_bare-1.0.0.zip",
        ),
        (
            "zz-path",
            "path:vendor/zz_path-1.0.0-py3-none-any.whl",
            "zz_path-1.0.0-py3-none-any.whl",
        ),
        ("zz-links", "find-links:links", "zz_links-1.0.0-py3-none-any.whl"),
        ("zz-directory", "directory:../zz-directory", None),
        ("zz-editable", "editable:.", None),
        ("zz-virtual", "virtual:packages/a", None),
    ]


def test_an_sdist_of_a_url_source_spans_the_source_that_has_its_url() -> None:
    result = read("sources")

    pin = result.pins[1]
    assert pin.url == "https://files.index.example/zz_url_sdist-1.0.0.tar.gz"
    assert pin.lines == lines(13, 14)


def test_both_sides_of_a_merge_conflict_are_read() -> None:
    result = read("conflict")

    assert [(pin.name, pin.version, pin.flags, pin.lines) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0", ("conflict",), lines(14, 14)),
        ("zz-project", "0.1.0", ("conflict",), lines(17, 26)),
        ("zz-ghost-pkg", "1.0.1", ("conflict",), lines(14, 14)),
    ]
    assert result.readable is Readable.PARTLY


def test_a_lock_broken_by_search_and_replace_is_read_as_text() -> None:
    result = read("broken-by-replace")

    pin = ghost(result)
    assert result.readable is Readable.PARTLY
    assert result.skipped[0].context == "line 10"
    assert (pin.name, pin.version, pin.url, pin.filename) == ("zz-ghost-pkg", "1.0.0", URL, FILE)
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)
    assert (pin.flags, pin.lines) == (("recovered",), lines(10, 10))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty", "empty file"),
        ("lfs-pointer", "git-LFS pointer; the lock itself lies in LFS storage"),
    ],
)
def test_what_is_no_lock_is_not_readable_and_says_why(name: str, reason: str) -> None:
    result = read(name)

    assert result.readable is Readable.NOT
    assert result.skipped == (Skipped(context="document", reason=reason),)


def test_a_bad_entry_is_skipped_with_its_path_and_the_rest_is_kept() -> None:
    data = b"""version = 1
[[package]]
name = "zz-ghost-pkg"
version = true
source = { registry = "https://index.example/simple" }
wheels = [
    { url = "https://files.index.example/a-1-py3-none-any.whl" },
    5,
    { url = "https://files.index.example/b-1-py3-none-any.whl", size = true },
    { url = 7, hash = "rot13:00" },
]
"""

    result = UvParser().parse(data)

    assert [(pin.filename, pin.lines) for pin in result.pins] == [
        ("a-1-py3-none-any.whl", lines(7, 7)),
        ("b-1-py3-none-any.whl", lines(9, 9)),
        (None, lines(10, 10)),
    ]
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "package[0].version: expected str, got bool",
        "package[0].wheels[1]: expected table, got int",
        "package[0].wheels[2].size: expected int, got bool",
        "package[0].wheels[3].url: expected str, got int",
        "package[0].wheels[3].url: neither url, path nor filename",
        "package[0].wheels[3].hash: unknown digest algorithm",
    ]


def test_numbers_that_stand_in_for_lines_cannot_be_written_by_hand() -> None:
    data = b"""version = 1
[[package]]
name = "zz-ghost-pkg"
version = "1.0"
source = { registry = "https://index.example/simple" }
wheels = [
    1,
    340282366920938463463374607431768211455,
]
"""

    result = UvParser().parse(data)

    assert [pin.url for pin in result.pins] == [None]
    assert len(result.skipped) == 2


def test_a_flood_of_bad_entries_is_listed_only_so_far() -> None:
    data = b"version = 1\npackage = [" + b"1," * 5_000 + b"]\n"

    result = UvParser().parse(data)

    assert len(result.skipped) == 1001
    assert result.skipped[-1].reason == "more was skipped than is listed"


def test_a_file_name_longer_than_any_file_system_takes_is_not_judged() -> None:
    url = "https://files.index.example/zz_other-" + "9" * 5_000 + ".tar.gz"
    data = f'version = 1\n[[package]]\nname = "zz"\nsource = {{ url = "{url}" }}\n'

    result = UvParser().parse(data.encode() + b"sdist = { size = 1 }\n")

    assert result.pins[0].flags == ()


def test_a_name_from_another_alphabet_stays_as_it_is() -> None:
    data = 'version = 1\n[[package]]\nname = "\u212aeras"\nsource = { virtual = "." }\n'

    result = UvParser().parse(data.encode())

    assert result.pins[0].name == "\u212aeras"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("uv.lock", True),
        ("services/api/uv.lock", True),
        ("tools/run.py.lock", True),
        ("UV.LOCK", False),
        ("my-uv.lock", False),
        ("uv.lock/readme", False),
        (".py.lock", False),
        ("poetry.lock", False),
    ],
)
def test_only_locks_of_uv_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert UvParser().wants(path) is wanted
