from __future__ import annotations

import pytest

from crawler.errors import UsageError
from crawler.model import Algorithm, Digest, Ecosystem, ProjectKey, Subject
from tests.values import BLAKE, SHA, WHEEL, blake2b, ghost_file, sha256
from workers.naming import key_of, named

GHOST = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost-one")
SCOPED = ProjectKey(ecosystem=Ecosystem.NPM, name="@zz/ghost")
PATH = f"packages/{BLAKE[:2]}/{BLAKE[2:4]}/{BLAKE[4:]}/{WHEEL}"


@pytest.mark.parametrize(
    "url",
    [
        f"https://files.index.example/{PATH}",
        f"https://mirror.example:443/pypi/{PATH}#egg=x&sha256={SHA}",
        f"HTTPS://user:secret@FILES.index.example/x/../{PATH}?token=hidden#sha256={SHA.upper()}",
        f"https://files.index.example\\{PATH.replace('-py3', '%2Dpy3')}",
    ],
)
def test_a_url_names_the_file_that_an_installer_would_fetch(url: str) -> None:
    asked = named(url)

    assert (asked.project, asked.version, asked.filename) == (GHOST, "1.0", WHEEL)
    assert blake2b() in asked.digests
    assert (sha256() in asked.digests) == ("#" in url)
    assert "secret" not in asked.text
    assert "hidden" not in asked.text


def test_a_url_of_an_npm_registry_names_a_scoped_package() -> None:
    asked = named("https://registry.npm.example/@zz/ghost/-/ghost-1.2.3-rc.1.tgz")

    assert (asked.project, asked.version) == (SCOPED, "1.2.3-rc.1")
    assert asked.filename == "ghost-1.2.3-rc.1.tgz"


def test_a_url_with_a_digest_but_an_odd_file_name_is_found_by_its_digest() -> None:
    asked = named(f"https://files.index.example/blob#sha256={SHA}")

    assert (asked.project, asked.digests) == (None, (sha256(),))


def test_a_package_url_names_a_release() -> None:
    asked = named("pkg:pypi/ZZ_Ghost.One@1.0.0rc1")

    assert asked.subject == Subject(project=GHOST, version="1.0.0rc1")


def test_a_package_url_with_file_name_and_checksums_names_a_file() -> None:
    sums = f"sha256:{SHA},blake2b-256:{BLAKE}"
    asked = named(f"pkg:pypi/zz-ghost-one@1.0?file_name={WHEEL}&checksum={sums}")

    assert asked.subject == Subject(
        project=GHOST, version="1.0", file=ghost_file(blake2b(), sha256())
    )


def test_a_package_url_of_a_scope_names_the_scoped_package() -> None:
    assert named("pkg:npm/%40zz/ghost@1.2.3").subject == Subject(project=SCOPED, version="1.2.3")


def test_credentials_in_a_package_url_are_not_shown() -> None:
    asked = named("pkg:pypi/zz@1.0?download_url=https://u:hush@files.index.example/zz-1.0.zip")

    assert "hush" not in asked.text


@pytest.mark.parametrize(
    ("text", "digests"),
    [
        (f"sha256:{SHA}", (sha256(),)),
        (f"blake2b-256:{BLAKE.upper()}", (blake2b(),)),
        (SHA, (blake2b(SHA), sha256())),
        ("ab" * 16, (Digest(algorithm=Algorithm.MD5, hex="ab" * 16),)),
        ("sha512-" + "A" * 86 + "==", (Digest(algorithm=Algorithm.SHA512, hex="0" * 128),)),
    ],
)
def test_a_digest_is_read_in_every_spelling(text: str, digests: tuple[Digest, ...]) -> None:
    asked = named(text)

    assert asked.digests == digests
    assert asked.subject is None


def test_a_file_name_names_project_and_version_but_no_file_by_itself() -> None:
    asked = named(WHEEL)

    assert (asked.project, asked.version, asked.filename) == (GHOST, "1.0", WHEEL)
    assert asked.subject is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zz-ghost",
        "x" * 5000,
        "pkg:nowhere/zz@1",
        "pkg:pypi",
        "pkg:pypi/zz?checksum=sha256:12",
        "pkg:pypi/z\u212a@1.0",
        "pkg:pypi/z%E2%84%AA@1.0",
        "https://index.example/simple/zz/",
        "sha256:abcd",
        f"sha3:{SHA}",
        "sha512-AAAA",
    ],
)
def test_what_names_no_file_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError):
        named(text)


@pytest.mark.parametrize(
    ("ecosystem", "text", "project", "version"),
    [
        (Ecosystem.PYPI, "ZZ_Ghost.One", GHOST, None),
        (Ecosystem.PYPI, "zz-ghost-one@v1.0", GHOST, "1.0"),
        (Ecosystem.NPM, "@zz/ghost", SCOPED, None),
        (Ecosystem.NPM, "@zz/ghost@1.2.3", SCOPED, "1.2.3"),
    ],
)
def test_a_name_may_have_a_version(
    ecosystem: Ecosystem, text: str, project: ProjectKey, version: str | None
) -> None:
    assert key_of(ecosystem, text) == (project, version)
