"""The answers of `git cat-file`."""

from __future__ import annotations

import pytest

from crawler.git.batch import parse_batch, parse_batch_check
from crawler.git.objects import ObjectType, oid_of

OID = oid_of(ObjectType.BLOB, b"a\nb")


def test_each_object_has_one_answer_and_those_that_are_missing_have_none() -> None:
    output = b"ab missing\n%b blob 3\na\nb\n" % OID.encode()

    missing, found = parse_batch(output)

    assert missing is None
    assert found is not None
    assert (found.oid, found.data) == (OID, b"a\nb")


def test_content_of_another_name_is_left_out() -> None:
    assert list(parse_batch(b"%b blob 3\nxyz\n" % OID.encode())) == [None]


@pytest.mark.parametrize("cut", [b"%b blob 3", b"%b blob 3\n", b"%b blob 3\na\nb"])
def test_an_answer_that_is_cut_off_is_none_and_those_before_it_stay(cut: bytes) -> None:
    output = b"ab missing\n" + cut % OID.encode()

    assert list(parse_batch(output)) == [None]


def test_sizes_are_read_without_content_and_not_from_half_a_line() -> None:
    output = b"ab missing\n%b blob 3221225472\n%b blob 32" % (OID.encode(), OID.encode())

    missing, size = parse_batch_check(output)

    assert missing is None
    assert size is not None
    assert (size.oid, size.kind, size.size) == (OID, ObjectType.BLOB, 3 << 30)
