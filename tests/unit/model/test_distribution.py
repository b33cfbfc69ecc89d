from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Algorithm, Digest, Distribution, Registry, digest_in_path, path_of
from crawler.model.names import Ecosystem

BLAKE = "ab" * 32
REGISTRY = Registry(
    ecosystem=Ecosystem.PYPI,
    index_url="https://index.example/simple/",
    mirrors=frozenset({"https://mirror.example/simple/", "https://cache.example:8443/pypi"}),
)
LENGTHS = {
    Algorithm.MD5: 32,
    Algorithm.SHA1: 40,
    Algorithm.BLAKE2B_256: 64,
    Algorithm.SHA256: 64,
    Algorithm.SHA384: 96,
    Algorithm.SHA512: 128,
}
_FILE_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=30)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_digest_has_the_length_of_its_algorithm(algorithm: Algorithm) -> None:
    length = LENGTHS[algorithm]

    assert str(Digest(algorithm=algorithm, hex="a" * length)) == f"{algorithm}:{'a' * length}"
    for wrong in (length - 1, length + 1):
        with pytest.raises(ValueError, match=f"not a {algorithm} digest"):
            Digest(algorithm=algorithm, hex="a" * wrong)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A" * 64,
        "g" * 64,
        "a" * 63 + "\n",
        "a" * 64 + "\n",
        " " + "a" * 63,
        "\N{FULLWIDTH DIGIT ONE}" * 64,
        "\N{ARABIC-INDIC DIGIT ONE}" * 64,
        "sha256:" + "a" * 57,
    ],
)
def test_what_is_no_lower_case_hex_is_no_digest(text: str) -> None:
    with pytest.raises(ValueError, match="not a sha256 digest"):
        Digest(algorithm=Algorithm.SHA256, hex=text)


def test_a_huge_false_digest_is_not_repeated_whole() -> None:
    with pytest.raises(ValueError, match="not a sha256 digest") as caught:
        Digest(algorithm=Algorithm.SHA256, hex="x" * 1_000_000)

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_digest_that_can_be_forged_proves_no_file(algorithm: Algorithm) -> None:
    assert algorithm.identifies is (algorithm not in {Algorithm.MD5, Algorithm.SHA1})


@pytest.mark.parametrize(
    ("algorithm", "hex_digest"),
    [
        (
            Algorithm.SHA256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            Algorithm.BLAKE2B_256,
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
        ),
        (
            Algorithm.SHA512,
            (
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
            ),
        ),
        (Algorithm.SHA256, "0" * 64),
        (Algorithm.MD5, "ab" * 16),
    ],
    ids=["SHA-256 of nothing", "BLAKE2b of nothing", "SHA-512 of nothing", "zeros", "MD5"],
)
def test_the_digest_of_nothing_proves_no_file(algorithm: Algorithm, hex_digest: str) -> None:
    assert not Digest(algorithm=algorithm, hex=hex_digest).identifies


def test_a_strong_digest_of_something_proves_a_file() -> None:
    assert Digest(algorithm=Algorithm.SHA256, hex="ab" * 32).identifies


def test_a_distribution_gives_out_its_digest_by_algorithm() -> None:
    file = Distribution(
        filename="zz-1.0.tar.gz", digests=(Digest(algorithm=Algorithm.BLAKE2B_256, hex=BLAKE),)
    )

    assert file.digest(Algorithm.BLAKE2B_256) == BLAKE
    assert file.digest(Algorithm.SHA256) is None


@given(st.binary(min_size=32, max_size=32), _FILE_NAMES, st.sampled_from(["", "/pypi", "/a/b"]))
def test_the_digest_comes_back_out_of_the_path_behind_any_prefix(
    digest: bytes, filename: str, prefix: str
) -> None:
    path = prefix + path_of(digest.hex(), filename)

    assert digest_in_path(path) == Digest(algorithm=Algorithm.BLAKE2B_256, hex=digest.hex())


@given(st.text(max_size=200))
def test_no_path_makes_the_reader_fail(path: str) -> None:
    assert digest_in_path(path) is None


def test_the_path_is_that_of_the_index() -> None:
    path = path_of("0123" + "f" * 60, "zz-1.0.tar.gz")

    assert path == f"/packages/01/23/{'f' * 60}/zz-1.0.tar.gz"


def test_an_upper_case_path_carries_the_same_digest() -> None:
    path = path_of(BLAKE, "zz-1.0.tar.gz").upper()

    assert digest_in_path(path) == Digest(algorithm=Algorithm.BLAKE2B_256, hex=BLAKE)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/packages/ab/ab/zz-1.0.tar.gz",
        f"/packages/ab/ab/{'ab' * 30}",
        f"/packages/ab/ab/{'ab' * 30}/",
        f"/packages/ab/ab/{'ab' * 30}/a/b",
        f"/packages/ab/ab/{'ab' * 29}a/zz.whl",
        f"/packages/abab/{'ab' * 30}/zz.whl",
        f"/xpackages/ab/ab/{'zz' * 30}/zz.whl",
        f"packages/ab/ab/{'ab' * 30}/zz.whl",
        f"/packages/{'ab' * 32}/zz.whl",
    ],
)
def test_a_path_of_another_shape_carries_no_digest(path: str) -> None:
    assert digest_in_path(path) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://index.example/simple/",
        "https://index.example/simple",
        "https://index.example/simple//",
        "HTTPS://Index.Example/simple/",
    ],
)
def test_the_public_index_is_known_whatever_its_case_and_slash(url: str) -> None:
    assert REGISTRY.is_public(url)
    assert not REGISTRY.is_mirror(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://index.example/",
        "https://index.example/Simple/",
        "https://index.example/simple/zz/",
        "http://index.example/simple/",
        "https://index.example:8443/simple/",
        "https://index.example.evil.example/simple/",
        "https://evil.example/index.example/simple/",
        "https://index.example@evil.example/simple/",
        "https://mirror.example/simple/",
    ],
)
def test_any_other_index_is_not_the_public_one(url: str) -> None:
    assert not REGISTRY.is_public(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://index.example:443/simple/",
        "https://index.example./simple/",
        "https://index.example/x/../simple/",
        "https:\\\\index.example\\simple\\",
        "https://user:pw@index.example/simple/",
        "https://index.example/%73imple/",
        "https://index.example/simple/?x=1",
        "https://index\t.example/simple/",
    ],
)
def test_the_public_index_is_known_in_every_spelling_an_installer_takes(url: str) -> None:
    assert REGISTRY.is_public(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://mirror.example/simple",
        "https://MIRROR.example/simple/",
        "https://cache.example:8443/pypi/",
    ],
)
def test_a_known_mirror_is_a_mirror_and_not_the_index(url: str) -> None:
    assert REGISTRY.is_mirror(url)
    assert not REGISTRY.is_public(url)


@pytest.mark.parametrize(
    "url", ["", "https://mirror.example/other/", "https://cache.example/pypi/"]
)
def test_an_unknown_index_is_no_mirror(url: str) -> None:
    assert not REGISTRY.is_mirror(url)
