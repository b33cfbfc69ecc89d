from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from workers.demo.objects import blob_oid, commit_object, tree_entries, tree_objects

_FILES = {
    "a.txt": b"1",
    "a/uv.lock": b"2",
    "a0": b"3",
    "sub/deep/pylock.toml": b"4",
    "sub/deep-er": b"5",
    "uv.lock": b"",
}


def test_the_empty_blob_and_the_empty_tree_have_their_well_known_oids() -> None:
    root, objects = tree_objects({})

    assert blob_oid(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert root == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    assert objects == {root: ("tree", b"")}


def test_git_gives_every_object_the_same_oid(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path], check=True)
    root, objects = tree_objects(_FILES)
    commit, data = commit_object(root)

    for oid, (kind, content) in {**objects, commit: ("commit", data)}.items():
        said = subprocess.run(
            ["git", "-C", tmp_path, "hash-object", "-w", "-t", kind, "--stdin"],
            input=content,
            capture_output=True,
            check=True,
        )
        assert said.stdout.decode().strip() == oid
    checked = subprocess.run(
        ["git", "-C", tmp_path, "fsck", "--strict", commit], capture_output=True, check=True
    )
    listed = subprocess.run(
        ["git", "-C", tmp_path, "ls-tree", "-r", "--name-only", commit],
        capture_output=True,
        check=True,
    )

    assert checked.stderr == b""
    assert set(listed.stdout.decode().split()) == set(_FILES)


def test_a_commit_depends_on_its_tree_message_and_parent_alone() -> None:
    root, _ = tree_objects(_FILES)

    first, again = commit_object(root), commit_object(root)
    others = {commit_object(root, "other")[0], commit_object(root, parent=first[0])[0]}

    assert first == again
    assert len({first[0], *others}) == 3
    assert first[1].endswith(b"1780000000 +0000\n\ndemo\n")


@pytest.mark.parametrize("path", ["uv.lock", "ümläut.lock"])
def test_a_tree_tells_its_entries(path: str) -> None:
    root, objects = tree_objects({path: b"x", "dir/y": b"z"})

    entries = sorted(tree_entries(objects[root][1]), key=lambda entry: entry[1])

    assert [(mode, name) for mode, name, _oid in entries] == [("40000", "dir"), ("100644", path)]
    assert entries[1][2] == blob_oid(b"x")
