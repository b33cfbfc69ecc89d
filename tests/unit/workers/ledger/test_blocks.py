from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import StoreError
from crawler.model import Ecosystem, ProjectKey
from tests.contract.ledger.samples import BLAKE, SHA, pin
from workers.ledger.block_bodies import packed, unpacked
from workers.ledger.blocks import blocks_of, digests_of, inflated, names_of

WHEEL = pin()
SDIST = pin(filename="zz_ghost-1.0.tar.gz", sha="ee" * 32)


def test_the_artifacts_of_a_package_are_one_block() -> None:
    (block,) = blocks_of([WHEEL, SDIST])

    assert list(inflated(block.body)) == [
        replace(WHEEL, lines=None),
        replace(SDIST, lines=None),
    ]


def test_a_block_is_the_same_whatever_the_order_and_the_lines() -> None:
    (one,) = blocks_of([WHEEL, SDIST])
    (other,) = blocks_of([replace(SDIST, lines=None), WHEEL])

    assert one.digest == other.digest


def test_another_hash_makes_another_block() -> None:
    (one,) = blocks_of([WHEEL])
    (other,) = blocks_of([pin(sha="aa" * 32)])

    assert one.digest != other.digest


def test_another_version_is_another_block() -> None:
    assert len(blocks_of([WHEEL, pin(version="2.0")])) == 2


def test_a_block_is_found_by_the_digest_it_states_and_by_the_one_in_its_url() -> None:
    (block,) = blocks_of([WHEEL])

    assert digests_of(block) == {bytes.fromhex(SHA)[:8], bytes.fromhex(BLAKE)[:8]}


@pytest.mark.parametrize(
    "spelled",
    [
        "https://mirror.example/x/../packages/ab/ab/{rest}/z.whl",
        "https://mirror.example/%70ackages/ab/ab/{rest}/z.whl",
        "https://mirror.example\\packages\\ab\\ab\\{rest}\\z.whl",
        "https://mirror.example/packages/ab\t/ab/\n{rest}/z.whl",
        "https://mirror.example/packages/AB/AB/{rest}/z.whl?x#y",
    ],
)
def test_a_digest_in_a_url_is_found_however_it_is_spelled(spelled: str) -> None:
    (block,) = blocks_of([replace(WHEEL, url=spelled.format(rest="ab" * 30), digests=())])

    assert digests_of(block) == {bytes.fromhex(BLAKE)[:8]}


@pytest.mark.parametrize(
    "url", ["https://[x/packages/", "http://a]b/", "\x00", "http://\u2100/", ""]
)
def test_a_url_that_is_none_carries_no_digest(url: str) -> None:
    (block,) = blocks_of([replace(WHEEL, url=url, digests=())])

    assert digests_of(block) == frozenset()


def test_a_block_has_the_declared_name_and_the_one_of_the_file() -> None:
    (block,) = blocks_of([pin(name="zz-mask", version="5")])

    assert names_of(block) == {
        (ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-mask"), "5"),
        (ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost"), "1.0"),
    }


def test_a_damaged_block_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="unreadable block"):
        list(inflated(b"damaged"))


def test_a_body_of_an_earlier_version_is_read_as_it_is() -> None:
    (block,) = blocks_of([WHEEL, SDIST])

    assert list(inflated(zlib.compress(block.text, 6))) == list(inflated(block.body))


@pytest.mark.parametrize("cut", [1, 20, -1, -40])
def test_a_body_that_is_cut_off_is_none(cut: int) -> None:
    (block,) = blocks_of([WHEEL, SDIST])

    with pytest.raises(StoreError, match="db check"):
        list(inflated(block.body[:cut]))


@given(text=st.text(st.sampled_from('0123456789abcdef/":,[]'), max_size=400))
def test_any_text_comes_back_from_its_body(text: str) -> None:
    assert unpacked(packed(text.encode())) == text.encode()
