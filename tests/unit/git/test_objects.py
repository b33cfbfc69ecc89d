"""Objects as raw bytes."""

from __future__ import annotations

import pytest

from crawler.errors import Malformed, Unsupported
from crawler.git.objects import (
    ObjectType,
    TreeItem,
    is_named,
    is_oid,
    oid_of,
    parse_tree,
    require_sha1,
    tree_of,
)
from tests.servers.packs import tree_data

OID = "ab" * 20


def test_the_name_of_the_empty_blob_is_the_one_git_gives_it() -> None:
    assert oid_of(ObjectType.BLOB, b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_a_commit_names_its_tree_first() -> None:
    assert tree_of(f"tree {OID}\nparent x\n".encode()) == OID


def test_a_commit_without_tree_is_malformed() -> None:
    with pytest.raises(Malformed):
        tree_of(f"parent {OID}\ntree {OID}\n".encode())


def test_tree_entries_keep_the_bytes_of_their_names() -> None:
    data = tree_data([("100644", b"caf\xe9\n", OID), ("040000", b"d", OID)])

    assert list(parse_tree(data)) == [
        TreeItem(mode=0o100000, name=b"caf\xe9\n", oid=OID),
        TreeItem(mode=0o40000, name=b"d", oid=OID),
    ]


@pytest.mark.parametrize("mode", ["40000", "40755", "40777", "040644"])
def test_a_folder_is_one_whatever_its_permissions(mode: str) -> None:
    (folder,) = parse_tree(tree_data([(mode, b"d", OID)]))

    assert folder.mode == 0o40000


@pytest.mark.parametrize(
    "data",
    [b"100644", b"100644 name", b"100644 name\0short", b"1e4 n\0" + b"x" * 20, b" n\0" + b"x" * 20],
)
def test_a_broken_entry_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(parse_tree(data))


def test_only_lower_case_hex_digits_of_two_lengths_are_an_oid() -> None:
    names = [OID, "ab" * 32, OID.upper(), OID + "\n", "ab" * 24]

    assert [is_oid(name) for name in names] == [True, True, False, False, False]


def test_an_object_is_named_in_the_format_that_the_length_of_its_name_tells() -> None:
    sha256 = "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"

    assert is_named("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", ObjectType.BLOB, b"")
    assert is_named(sha256, ObjectType.BLOB, b"")
    assert not is_named(sha256, ObjectType.BLOB, b"x")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("100644", 0o100000),
        ("100755", 0o100000),
        ("100664", 0o100000),
        ("100600", 0o100000),
        ("100000", 0o100000),
        ("0100644", 0o100000),
        ("00000000000100644", 0o100000),
        ("300644", 0o100000),  # git keeps 16 bits
        ("2100644", 0o100000),
        ("120777", 0o120000),
        ("0040000", 0o40000),
        ("40755", 0o40000),
        ("100644000", 0o40000),
        ("644", 0o160000),  # what git does not know is a submodule
        ("0", 0o160000),
        ("140000", 0o160000),
        ("777777", 0o160000),
    ],
)
def test_an_entry_is_what_git_checks_out_for_its_mode(written: str, kind: int) -> None:
    (entry,) = parse_tree(tree_data([(written, b"n", OID)]))

    assert entry.mode == kind


def test_a_sha256_name_is_unsupported_and_anything_else_malformed() -> None:
    assert require_sha1(OID) == OID
    with pytest.raises(Unsupported):
        require_sha1("ab" * 32)
    with pytest.raises(Malformed):
        require_sha1("HEAD")
