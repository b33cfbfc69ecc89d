"""Records of all trees under a commit."""

from __future__ import annotations

import pytest

from crawler.git.objects import ObjectType, RawObject, oid_of
from crawler.git.snapshot import Recorder, kept_blob, load, save, save_blob
from tests.servers.kept_in_memory import KeptInMemory
from tests.servers.packs import commit_data, tree_data

BELOW = tree_data([("100644", b"uv.lock", "a" * 40)])
ROOT = tree_data([("40000", b"d", oid_of(ObjectType.TREE, BELOW))])
COMMIT = commit_data(oid_of(ObjectType.TREE, ROOT))
NAME = oid_of(ObjectType.COMMIT, COMMIT)


def raw(kind: ObjectType, data: bytes) -> RawObject:
    return RawObject(oid=oid_of(kind, data), kind=kind, data=data)


@pytest.fixture
def recorder() -> Recorder:
    objects = [
        raw(ObjectType.COMMIT, COMMIT),
        raw(ObjectType.TREE, BELOW),
        raw(ObjectType.TREE, ROOT),
    ]
    made = Recorder({one.oid: one for one in objects})
    for one in objects:
        list(made.read([one.oid]))
    return made


def test_what_was_read_comes_back_with_its_root(recorder: Recorder) -> None:
    kept = KeptInMemory()

    save(kept, NAME, recorder, most_trees=10)

    loaded = load(kept, NAME)
    assert loaded is not None
    assert loaded.root == oid_of(ObjectType.TREE, ROOT)
    assert [one.data for one in loaded.trees.values()] == [ROOT, BELOW]


def test_nothing_is_kept_of_a_walk_that_missed_a_tree(recorder: Recorder) -> None:
    kept = KeptInMemory()
    assert list(recorder.read(["b" * 40])) == []

    save(kept, NAME, recorder, most_trees=10)

    assert load(kept, NAME) is None


def test_nothing_is_kept_of_a_walk_that_reached_its_limit(recorder: Recorder) -> None:
    kept = KeptInMemory()

    save(kept, NAME, recorder, most_trees=2)

    assert load(kept, NAME) is None


def test_a_damaged_record_only_lacks_trees(recorder: Recorder) -> None:
    kept = KeptInMemory()
    save(kept, NAME, recorder, most_trees=10)
    name = f"trees-{NAME}"
    kept.put(name, (kept.get(name) or b"")[:-3])

    loaded = load(kept, NAME)

    assert loaded is not None
    assert oid_of(ObjectType.TREE, BELOW) not in loaded.trees


def test_a_kept_lock_under_a_wrong_name_is_none() -> None:
    kept = KeptInMemory()
    save_blob(kept, "c" * 40, b"lock\n")

    assert kept_blob(kept, "c" * 40) is None


def test_a_kept_lock_comes_back() -> None:
    kept = KeptInMemory()
    oid = oid_of(ObjectType.BLOB, b"lock\n")
    save_blob(kept, oid, b"lock\n")

    assert kept_blob(kept, oid) == RawObject(oid=oid, kind=ObjectType.BLOB, data=b"lock\n")
