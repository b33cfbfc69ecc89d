from __future__ import annotations

import pytest

from crawler.lockfiles.sweep import sweep, sweepable
from crawler.model import Algorithm, Digest, LineSpan

SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


@pytest.mark.parametrize(
    "text",
    [
        f"RUN pip install {URL}\n",
        f'  url "{URL}"\n',
        f'urls = ["{URL}"],\n',
        f"- run: pip install '{URL}' --no-deps\n",
        f"WHEEL={URL}\n",
        f"[file]({URL}), and more\n",
        '{"url": "' + URL.replace("/", "\\/") + '"}\n',
    ],
)
def test_a_file_of_an_index_is_found_in_any_text(text: str) -> None:
    pins = sweep(f"first line\n{text}".encode())

    assert [(pin.url, pin.filename, pin.name, pin.flags, pin.lines) for pin in pins] == [
        (URL, FILE, None, ("swept",), LineSpan(first=2, last=2))
    ]
    assert str(pins[0].origin) == f"url:{URL}"


def test_a_mirror_without_scheme_is_found() -> None:
    pins = sweep(f"curl mirror.example{PATH}/{FILE}\n".encode())

    assert [pin.url for pin in pins] == [f"mirror.example{PATH}/{FILE}"]


def test_a_direct_reference_has_its_name_and_digest() -> None:
    url = f"https://forge.example/zz/zz_ghost_pkg-1.0.0.tar.gz#sha256={SHA256}"

    pins = sweep(f"    zz_Ghost.pkg[a,b] @ {url} ; x\nzz-two@{url}\n".encode())

    assert [(pin.name, pin.url, pin.filename) for pin in pins] == [
        ("zz-ghost-pkg", url, "zz_ghost_pkg-1.0.0.tar.gz"),
        ("zz-two", url, "zz_ghost_pkg-1.0.0.tar.gz"),
    ]
    assert pins[0].digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)


def test_a_name_that_the_file_denies_is_flagged() -> None:
    pins = sweep(f"zz-honest @ {URL}\n".encode())

    assert pins[0].flags == ("name-differs", "swept")


def test_credentials_are_not_kept() -> None:
    pins = sweep(f"pip install https://user:s3cret@files.index.example{PATH}/{FILE}\n".encode())

    assert pins[0].url == URL
    assert "s3cret" not in repr(pins)


@pytest.mark.parametrize(
    "text",
    [
        "https://files.index.example/zz_ghost_pkg-1.0.0.tar.gz",
        f"https://files.index.example{PATH}/",
        f"https://files.index.example{PATH}/readme.txt",
        f"https://forge.example/zz.png#sha256={SHA256}",
        f"https://forge.example/zz.whl#sha256={SHA256}0",
        "",
    ],
)
def test_what_proves_no_file_is_no_pin(text: str) -> None:
    assert sweep(text.encode()) == ()


def test_many_files_on_one_line_are_all_found() -> None:
    pins = sweep((f'"{URL}",' * 1_000).encode())

    assert len(pins) == 1_000


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Dockerfile", True),
        ("build/Dockerfile.dev", True),
        (".github/workflows/ci.yml", True),
        (".gitlab-ci.yml", True),
        ("Formula/zz.rb", True),
        ("python3-requirements.json", True),
        ("WORKSPACE", True),
        ("tools/deps.bzl", True),
        ("recipe/meta.yaml", True),
        ("default.nix", True),
        ("requirements.in", True),
        ("requirements.txt", False),
        ("uv.lock", False),
        ("src/main.py", False),
    ],
)
def test_only_files_that_carry_urls_are_swept(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert sweepable(path) is wanted


@pytest.mark.parametrize(
    ("path", "text", "ecosystem"),
    [
        ("generated-sources.json", '{"url": "https://n.example/zz/-/zz-1.0.0.tgz",\n "sha512": "%s"', "npm"),
        ("node-sources.json", '{"url": "https:\\/\\/n.example\\/@zz\\/a\\/-\\/a-1.0.0.tgz", "sha512": "%s"', "npm"),
        ("org.zz.App.yml", "  url: https://files.example/zz-1.0.tar.gz\n  sha512: %s\n", "pypi"),
        ("Formula/zz.rb", '  url "https://files.example/zz-1.0.tar.gz"\n  sha512 "%s"\n', "pypi"),
        ("default.nix", '  url = "https://files.example/zz-1.0.zip";\n  sha512 = "%s";\n', "pypi"),
    ],
)  # fmt: skip
def test_a_digest_behind_the_url_of_an_archive_is_all_that_is_read_of_it(
    path: str, text: str, ecosystem: str
) -> None:
    (pin,) = sweep((text % ("ab" * 64)).encode())

    assert sweepable(path)
    assert (pin.ecosystem, pin.name, pin.filename) == (ecosystem, None, None)
    assert pin.digests == (Digest(algorithm=Algorithm.SHA512, hex="ab" * 64),)


def test_a_digest_of_another_length_is_none() -> None:
    assert not sweep(f'url "https://files.example/zz.zip"\nsha512 "{SHA256}"\n'.encode())
