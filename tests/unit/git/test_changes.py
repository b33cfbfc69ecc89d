"""Differences of trees."""

from __future__ import annotations

import pytest

from crawler.errors import TooLarge
from crawler.git.changes import ChangedFile, changed_files
from crawler.git.objects import ObjectType, RawObject, oid_of
from tests.servers.packs import tree_data

A, B, C = "a" * 40, "b" * 40, "c" * 40
MOST = 1_000


class Trees(dict[str, RawObject]):
    def add(self, *entries: tuple[str, bytes, str]) -> str:
        data = tree_data(entries)
        oid = oid_of(ObjectType.TREE, data)
        self[oid] = RawObject(oid=oid, kind=ObjectType.TREE, data=data)
        return oid


@pytest.fixture
def trees() -> Trees:
    return Trees()


def test_a_file_in_a_folder_is_named_with_what_was_there_before(trees: Trees) -> None:
    old = trees.add(("40000", b"d", trees.add(("100644", b"f", A))))
    new = trees.add(("40000", b"d", trees.add(("100644", b"f", B))))

    assert list(changed_files(trees, old, new, MOST)) == [ChangedFile(oid=B, before=A)]


def test_what_stayed_or_vanished_is_no_change(trees: Trees) -> None:
    old = trees.add(("100644", b"f", A), ("100644", b"g", B))
    new = trees.add(("100644", b"f", A))

    assert list(changed_files(trees, old, new, MOST)) == []


def test_files_of_a_new_folder_have_nothing_before(trees: Trees) -> None:
    folder = trees.add(("100644", b"f", A))
    old, new = trees.add(("100644", b"d", C)), trees.add(("40000", b"d", folder))

    assert list(changed_files(trees, old, new, MOST)) == [ChangedFile(oid=A, before=None)]


def test_a_file_in_the_place_of_a_folder_or_submodule_is_new(trees: Trees) -> None:
    folder = trees.add(("100644", b"f", A))
    old = trees.add(("40000", b"d", folder), ("160000", b"s", B))
    new = trees.add(("100644", b"d", A), ("100644", b"s", C))

    assert list(changed_files(trees, old, new, MOST)) == [
        ChangedFile(oid=A, before=None),
        ChangedFile(oid=C, before=None),
    ]


def test_a_bomb_of_repeated_folders_is_entered_once_per_folder(trees: Trees) -> None:
    bomb = trees.add(("100644", b"f", A))
    for _ in range(60):
        bomb = trees.add(("40000", b"a", bomb), ("40000", b"b", bomb))

    changed = list(changed_files(trees, trees.add(), bomb, MOST))

    assert changed == [ChangedFile(oid=A, before=None)]


def test_missing_and_unreadable_trees_are_empty(trees: Trees) -> None:
    broken = oid_of(ObjectType.TREE, b"40000 cut")
    trees[broken] = RawObject(oid=broken, kind=ObjectType.TREE, data=b"40000 cut")
    old = trees.add(("40000", b"d", A), ("40000", b"e", A))
    new = trees.add(("40000", b"d", B), ("40000", b"e", broken))

    assert list(changed_files(trees, old, new, MOST)) == []


def test_one_folder_in_the_place_of_many_others_is_not_compared_without_end(trees: Trees) -> None:
    many = [trees.add(("100644", b"%d" % n, A)) for n in range(60)]
    crowd = trees.add(*(("160000", b"%03d" % n, B) for n in range(60)))
    old = trees.add(*(("40000", b"%03d" % n, one) for n, one in enumerate(many)))
    new = trees.add(*(("40000", b"%03d" % n, crowd) for n in range(60)))

    with pytest.raises(TooLarge, match="too many entries"):
        list(changed_files(trees, old, new, MOST))
