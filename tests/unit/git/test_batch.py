"""The answers of `git cat-file`."""

from __future__ import annotations

import pytest

from crawler.errors import Malformed
from crawler.git.batch import parse_batch, parse_batch_check
from crawler.git.objects import Kind, oid_of

OID = oid_of(Kind.BLOB, b"a\nb")


def test_objects_come_with_their_content_and_missing_ones_are_left_out() -> None:
    output = b"ab missing\n%b blob 3\na\nb\n" % OID.encode()

    assert [(raw.oid, raw.data) for raw in parse_batch(output)] == [(OID, b"a\nb")]


def test_content_of_another_name_is_left_out() -> None:
    assert list(parse_batch(b"%b blob 3\nxyz\n" % OID.encode())) == []


def test_an_answer_that_is_cut_off_is_malformed() -> None:
    with pytest.raises(Malformed):
        list(parse_batch(b"%b blob 3" % OID.encode()))


def test_sizes_are_read_without_content() -> None:
    (size,) = parse_batch_check(b"ab missing\n%b blob 3221225472\n" % OID.encode())

    assert (size.oid, size.kind, size.size) == (OID, Kind.BLOB, 3 << 30)
