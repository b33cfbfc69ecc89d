from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import (
    Ecosystem,
    file_name_of,
    normalize_name,
    normalize_version,
    project_of_file,
    release_of_tarball,
)

KELVIN = "\N{KELVIN SIGN}"


@pytest.mark.parametrize(
    ("name", "normalized"),
    [
        ("zz-ghost-one", "zz-ghost-one"),
        ("Zz_Ghost.One", "zz-ghost-one"),
        ("zz-_.-ghost", "zz-ghost"),
        ("z", "z"),
        ("7", "7"),
        ("a" * 214, "a" * 214),
    ],
)
def test_spellings_of_a_python_project_are_one_name(name: str, normalized: str) -> None:
    assert normalize_name(Ecosystem.PYPI, name) == normalized


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-zz",
        "zz-",
        "zz ghost",
        "zz\n",
        "zz/ghost",
        "../zz",
        "@scope/zz",
        f"{KELVIN}ivy",
        "z\N{CYRILLIC SMALL LETTER ZE}",
        "\N{FULLWIDTH LATIN SMALL LETTER Z}z",
        "zz\N{ARABIC-INDIC DIGIT ONE}",
        "zz\N{ZERO WIDTH SPACE}ghost",
        "a" * 215,
    ],
)
def test_what_the_index_takes_for_no_name_is_none(name: str) -> None:
    assert normalize_name(Ecosystem.PYPI, name) is None


@pytest.mark.parametrize("name", ["zz", "@scope/zz-ghost", "@Scope/ZZ_Ghost", "JSONStream"])
def test_an_npm_name_is_its_own_spelling(name: str) -> None:
    assert normalize_name(Ecosystem.NPM, name) == name


@pytest.mark.parametrize("name", ["", "zz\n", f"{KELVIN}oa", "zz\x00", "\u202ezz", "a" * 215])
def test_what_could_deceive_a_reader_is_no_npm_name(name: str) -> None:
    assert normalize_name(Ecosystem.NPM, name) is None


@pytest.mark.parametrize(
    ("ecosystem", "name", "normalized"),
    [
        (Ecosystem.NUGET, "Newtonsoft.ZZ", "newtonsoft.zz"),
        (Ecosystem.COMPOSER, "Acme/ZZ", "acme/zz"),
        (Ecosystem.HEX, "ZZ_Ghost", "zz_ghost"),
        (Ecosystem.GOLANG, "git.example/Acme/zz", "git.example/Acme/zz"),
        (Ecosystem.MAVEN, "org.example:ZZ", "org.example:ZZ"),
    ],
)
def test_other_registries_fold_case_or_keep_it(
    ecosystem: Ecosystem, name: str, normalized: str
) -> None:
    assert normalize_name(ecosystem, name) == normalized


@pytest.mark.parametrize("ecosystem", [e for e in Ecosystem if e is not Ecosystem.PYPI])
def test_no_registry_has_names_with_blanks_or_look_alikes(ecosystem: Ecosystem) -> None:
    assert [normalize_name(ecosystem, n) for n in ("zz ghost", f"{KELVIN}oa", "zz\n", "")] == [
        None
    ] * 4


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,40}[A-Za-z0-9])?", fullmatch=True))
def test_a_normalised_name_stays_as_it_is(name: str) -> None:
    once = normalize_name(Ecosystem.PYPI, name)

    assert once is not None
    assert normalize_name(Ecosystem.PYPI, once) == once


@pytest.mark.parametrize(
    ("version", "canonical"),
    [
        ("1.0", "1.0"),
        ("v1.0", "1.0"),
        ("01.0", "1.0"),
        ("1.0.0", "1.0.0"),
        ("1.0-1", "1.0.post1"),
        ("1.0RC1", "1.0rc1"),
        ("1.0.dev", "1.0.dev0"),
        ("1.0+Local_1", "1.0+local.1"),
        ("1!1.0", "1!1.0"),
        (" 1.0\n", "1.0"),
        ("2004d", "2004d"),
        ("", ""),
        ("\N{ARABIC-INDIC DIGIT ONE}.0", "\N{ARABIC-INDIC DIGIT ONE}.0"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_a_python_version_has_one_spelling_or_stays_as_it_is(version: str, canonical: str) -> None:
    assert normalize_version(Ecosystem.PYPI, version) == canonical


@pytest.mark.parametrize(
    ("version", "canonical"),
    [
        ("1.0.0-RC1", "1.0.0-RC1"),
        ("v1.0.0-RC1", "1.0.0-RC1"),
        ("1.0.0+build.7", "1.0.0"),
        ("latest", "latest"),
        ("v1.0", "v1.0"),
        ("1.0+x", "1.0+x"),
    ],
)
def test_an_npm_version_is_spelled_as_its_registry_does(version: str, canonical: str) -> None:
    assert normalize_version(Ecosystem.NPM, version) == canonical


@pytest.mark.parametrize("ecosystem", [Ecosystem.COMPOSER, Ecosystem.GOLANG, Ecosystem.SWIFT])
def test_a_version_that_is_a_tag_has_no_v_before_it(ecosystem: Ecosystem) -> None:
    versions = ("v3.0.0", "V3.0.0", "3.0.0", "vendor", "dev-main")

    spelled = [normalize_version(ecosystem, version) for version in versions]

    assert spelled == ["3.0.0", "3.0.0", "3.0.0", "vendor", "dev-main"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://files.index.example/packages/zz-1.0.tar.gz", "zz-1.0.tar.gz"),
        ("https://files.index.example/zz%2D1.0.tar.gz?x=/a.whl#sha256=00", "zz-1.0.tar.gz"),
        ("https://files.index.example/zz-1.0%2Blocal.tar.gz", "zz-1.0+local.tar.gz"),
        ("https://files.index.example/a#/b.whl", "a"),
        ("vendor\\zz-1.0.tar.gz", "zz-1.0.tar.gz"),
        ("zz-1.0.tar.gz", "zz-1.0.tar.gz"),
    ],
)
def test_the_file_name_is_the_decoded_last_part_of_the_path(url: str, name: str) -> None:
    assert file_name_of(url) == name


@pytest.mark.parametrize("url", ["", "https://files.index.example/packages/", "?zz.whl", "#zz.whl"])
def test_a_url_without_a_last_part_has_no_file_name(url: str) -> None:
    assert file_name_of(url) is None


@pytest.mark.parametrize(
    ("file_name", "stated"),
    [
        ("zz_ghost_one-1.0-py3-none-any.whl", ("zz-ghost-one", "1.0")),
        ("Zz.Ghost-1.0-py3-none-any.whl", ("zz-ghost", "1.0")),
        ("zz-1.0-1-py3-none-any.whl", ("zz", "1.0")),
        ("zz-1.0-2abc-cp311-cp311-win_amd64.whl", ("zz", "1.0")),
        (
            "zz-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            ("zz", "1.0"),
        ),
        ("zz-1.0_1-py3-none-any.whl", ("zz", "1.0.post1")),
        ("zz-1.0+local_1-py2.py3-none-any.whl", ("zz", "1.0+local.1")),
        ("zz-1!1.0-py3-none-any.whl", ("zz", "1!1.0")),
    ],
)
def test_a_wheel_states_project_and_version(file_name: str, stated: tuple[str, str]) -> None:
    assert project_of_file(file_name) == stated


@pytest.mark.parametrize(
    ("file_name", "stated"),
    [
        ("zz_ghost_one-1.0.tar.gz", ("zz-ghost-one", "1.0")),
        ("zz-ghost-one-1.0.tar.gz", ("zz-ghost-one", "1.0")),
        ("Zz.Ghost-1.0RC1.zip", ("zz-ghost", "1.0rc1")),
        ("zz-2004d.tar.bz2", ("zz", "2004d")),
        ("zz-3-1.0.tgz", ("zz-3", "1.0")),
        ("zz-1.0.post1.tar.xz", ("zz", "1.0.post1")),
    ],
)
def test_an_sdist_states_project_and_version(file_name: str, stated: tuple[str, str]) -> None:
    assert project_of_file(file_name) == stated


@pytest.mark.parametrize(
    "file_name",
    [
        "",
        "zz.whl",
        "zz-1.0.whl",
        "zz-1.0-py3-none.whl",
        "zz-1.0.egg",
        "zz-1.0.exe",
        "zz-.tar.gz",
        "-1.0.tar.gz",
        "zz.tar.gz",
        "../zz-1.0.tar.gz",
        "a/zz-1.0-py3-none-any.whl",
        "zz-1.0-py3-none-any.whl\n",
        "zz\n-1.0.tar.gz",
        "zz\x00-1.0.tar.gz",
        f"{KELVIN}ivy-1.0.tar.gz",
        f"{KELVIN}ivy-1.0-py3-none-any.whl",
        "zz ghost-1.0.tar.gz",
    ],
)
def test_any_other_file_name_states_nothing(file_name: str) -> None:
    assert project_of_file(file_name) is None


@pytest.mark.parametrize("file_name", ["a-" * 50_000 + ".whl", "-" * 100_000, "a" * 100_000])
def test_a_hostile_file_name_takes_no_time(file_name: str) -> None:
    begun = time.process_time()

    assert project_of_file(file_name) is None

    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    "file_name", ["zz-ghost-1.0-py3-none-any.whl", "zz-1.0-x-py3-none-any.whl"]
)
def test_a_wheel_whose_version_is_none_states_nothing(file_name: str) -> None:
    assert project_of_file(file_name) is None


@pytest.mark.parametrize(
    ("url", "stated"),
    [
        ("https://npm.example/zz/-/zz-1.0.0.tgz", ("zz", "1.0.0")),
        ("https://npm.example/zz/-/zz-1.0.0-rc.1.tgz#sha1", ("zz", "1.0.0-rc.1")),
        ("https://npm.example/@s/zz/-/zz-1.0.0.tgz?x=1", ("@s/zz", "1.0.0")),
        ("https://npm.example/@s%2Fzz/-/zz-1.0.0.tgz", ("@s/zz", "1.0.0")),
        ("https://nexus.example/r/npm/@s/zz/-/@s/zz-1.0.0.tgz", ("@s/zz", "1.0.0")),
        ("https://npm.example/%40s%2fzz/%2D/zz-1.0.0%2Etgz", ("@s/zz", "1.0.0")),
        ("https://npm.example/aa/-/../../zz/-/zz-1.0.0.tgz", ("zz", "1.0.0")),
        ("https:\\\\npm.example\\zz\\-\\zz-1.0.0.tgz", ("zz", "1.0.0")),
        (" https://npm.example/z\tz/-/zz-1.0.0.tgz", ("zz", "1.0.0")),
        ("https://npm.example/zz/-/zz-1.0.0.tgz?/aa/-/aa-1.0.0.tgz", ("zz", "1.0.0")),
        ("https://npm.example/zz/-/other-1.0.0.tgz", None),
        ("https://npm.example/zz/-/zz-.tgz", None),
        ("https://npm.example/download/@s/zz/1.0.0/abc", None),
        ("https://files.example/zz-1.0.0.tgz", None),
        (f"https://npm.example/{'z' * 3_000}/-/z-1.tgz", None),
    ],
)
def test_the_url_of_a_tarball_states_a_release(url: str, stated: tuple[str, str] | None) -> None:
    assert release_of_tarball(url) == stated
