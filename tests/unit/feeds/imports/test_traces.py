from __future__ import annotations

import pytest

from crawler.errors import Malformed
from crawler.model import Digest
from feeds.imports.traces import IndicatedFiles, Traces, digest_of, indicated_files
from tests.values import BLAKE, URL, WHEEL, blake2b, sha256

SDIST = "zz_ghost_one-1.0.tar.gz"


def subjects(named: IndicatedFiles) -> list[str]:
    return [str(subject) for subject in named.subjects]


def digests(named: IndicatedFiles) -> tuple[Digest, ...]:
    file = named.subjects[0].file
    return () if file is None else file.digests


@pytest.mark.parametrize(
    ("traces", "expected"),
    [
        (Traces(filenames=(WHEEL,)), f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}"),
        (Traces(filenames=(SDIST,), digests=(sha256(),)), f"pkg:pypi/zz-ghost-one@1.0 {SDIST}"),
        (Traces(urls=(URL,)), f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}"),
        (Traces(urls=(f"{URL}/?a#b",)), f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}"),
        (Traces(identifiers=("pkg:pypi/ZZ_Ghost@1.0",)), "pkg:pypi/zz-ghost@1.0"),
        (Traces(identifiers=("pkg:npm/%40zz/ghost@1.0.0",)), "pkg:npm/@zz/ghost@1.0.0"),
        (Traces(remarks=(" pkg:pypi/zz@1 ",)), "pkg:pypi/zz@1"),
        (
            Traces(filenames=("ghost-1.0.0.tgz",), identifiers=("pkg:npm/@zz/ghost@1.0.0",)),
            "pkg:npm/@zz/ghost@1.0.0 ghost-1.0.0.tgz",
        ),
        (
            Traces(filenames=(SDIST,), identifiers=("pkg:pypi/zz-ghost-one",)),
            f"pkg:pypi/zz-ghost-one@1.0 {SDIST}",
        ),
        (
            Traces(filenames=("sample.bin", WHEEL), digests=(sha256(),)),
            f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}",
        ),
        (
            Traces(filenames=(WHEEL,), remarks=("a typosquat of pkg:pypi/requests@2.0",)),
            f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}",
        ),
        (
            Traces(identifiers=(f"pkg:pypi/zz-ghost-one@1.0?file_name={SDIST}",)),
            f"pkg:pypi/zz-ghost-one@1.0 {SDIST}",
        ),
    ],
)
def test_a_distribution_is_named(traces: Traces, expected: str) -> None:
    named = indicated_files(traces, "entry")

    assert subjects(named) == [expected]
    assert not named.in_passing


def test_all_digests_of_a_file_are_kept() -> None:
    purl = f"pkg:pypi/zz-ghost-one@1.0?file_name={WHEEL}&checksum=sha256:{'cd' * 32}"

    named = indicated_files(Traces(urls=(URL,), identifiers=(purl,)), "entry")

    assert digests(named) == (blake2b(BLAKE), sha256())


def test_a_package_amid_other_words_is_named_in_passing() -> None:
    named = indicated_files(Traces(remarks=("looks like pkg:pypi/zz@1.0.",)), "entry")

    assert subjects(named) == ["pkg:pypi/zz@1.0"]
    assert named.in_passing


def test_a_digest_without_a_file_name_leaves_the_release_and_is_told() -> None:
    named = indicated_files(Traces(digests=(sha256(),), identifiers=("pkg:pypi/zz@1.0",)), "entry")

    assert subjects(named) == ["pkg:pypi/zz@1.0"]
    assert named.lost == "digests without a file name: only the release is known"


def test_several_packages_of_one_entry_are_all_named() -> None:
    named = indicated_files(Traces(identifiers=("pkg:pypi/b@1", "pkg:pypi/a@1")), "entry")

    assert subjects(named) == ["pkg:pypi/a@1", "pkg:pypi/b@1"]


@pytest.mark.parametrize(
    ("traces", "reason"),
    [
        (Traces(digests=(sha256(),)), "a digest without a package: name the package with a purl"),
        (Traces(filenames=(SDIST,)), "expected a wheel, an sdist"),
        (Traces(filenames=("invoice-2.zip",)), "expected a wheel, an sdist"),
        (
            Traces(filenames=("invoice-final.zip",), digests=(sha256(),)),
            "expected a wheel, an sdist",
        ),
        (Traces(filenames=("ghost-1.0.0.tgz",), digests=(sha256(),)), "expected a wheel, an sdist"),
        (Traces(filenames=("a.exe",), digests=(sha256(),)), "expected a wheel, an sdist"),
        (Traces(filenames=("a\n-1.0-py3-none-any.whl",)), "expected a wheel, an sdist"),
        (Traces(filenames=("zz-1.0-\x07-none-any.whl",)), "invalid name"),
        (Traces(identifiers=("pkg:pypi/zz",)), "a package without a version"),
        (Traces(identifiers=("pkg:cargo/zz@1",)), "neither a file of a package index"),
        (Traces(identifiers=("pkg:pypi/%2E%2E@1",)), "invalid project name"),
        (Traces(identifiers=("pkg:pypi/zz@1%2F2",)), "invalid name"),
        (Traces(urls=("https://evil.example/a-1.0.tar.gz",)), "neither a file"),
        (Traces(urls=("https://[",)), "neither a file"),
        (Traces(remarks=("pkg:pypi/a@1 or pkg:pypi/b@1",)), "more than one package"),
        (
            Traces(digests=(sha256(),), identifiers=("pkg:pypi/a@1", "pkg:pypi/b@1")),
            "more than one package",
        ),
        (Traces(filenames=(WHEEL, "zz_b-1.0-py3-none-any.whl")), "two files in one entry"),
        (Traces(filenames=(WHEEL,), digests=(sha256(), sha256("ef" * 32))), "two files"),
        (Traces(filenames=(WHEEL,), identifiers=("pkg:pypi/requests@1.0",)), "expected a file of"),
        (
            Traces(filenames=(WHEEL,), identifiers=("pkg:pypi/zz-ghost-one@2.0",)),
            "expected a file of",
        ),
        (Traces(identifiers=("pkg:pypi/zz@1?checksum=sha256:xyz",)), "not a sha256 digest"),
        (Traces(), "neither a file"),
    ],
)
def test_what_may_be_something_else_is_refused(traces: Traces, reason: str) -> None:
    with pytest.raises(Malformed, match=f"^entry.*{reason}"):
        indicated_files(traces, "entry")


@pytest.mark.parametrize("word", ["sha256", "SHA-256", "sha_256"])
def test_an_algorithm_is_known_however_it_is_spelled(word: str) -> None:
    assert digest_of(word, " " + "CD" * 32, "entry") == sha256()


@pytest.mark.parametrize("word", ["md5", "SHA-1", "ssdeep", ""])
def test_a_digest_that_proves_nothing_is_left_out(word: str) -> None:
    assert digest_of(word, "anything", "entry") is None


def test_hostile_texts_are_searched_in_linear_time() -> None:
    text = "pkg:pypi/" * 1_000_000

    with pytest.raises(Malformed):
        indicated_files(Traces(identifiers=(text,), remarks=(text, "pkg:" * 100_000)), "entry")
