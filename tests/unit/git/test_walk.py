"""Which files are listed, at which paths, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from crawler.git.interface import Limits, ListedFile, Listing
from crawler.git.objects import Kind, RawObject, oid_of
from crawler.git.walk import list_files
from tests.servers.packs import commit_data, tree_data

LOCK = oid_of(Kind.BLOB, b"lock")


class Memory:
    """Objects in a dictionary. Implements `ObjectSource`."""

    def __init__(self) -> None:
        self.objects: dict[str, RawObject] = {}

    def add(self, kind: Kind, data: bytes) -> str:
        oid = oid_of(kind, data)
        self.objects[oid] = RawObject(oid=oid, kind=kind, data=data)
        return oid

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        return self.add(Kind.TREE, tree_data(entries))

    def commit(self, tree: str) -> str:
        return self.add(Kind.COMMIT, commit_data(tree))

    def read(self, oids: Collection[str]) -> Iterator[RawObject]:
        return (self.objects[oid] for oid in oids if oid in self.objects)


def listed(memory: Memory, *commits: str, limits: Limits | None = None) -> Listing:
    return list_files(memory, commits, lambda p: p.endswith("uv.lock"), limits or Limits())


def test_the_same_tree_at_two_paths_gives_both_paths() -> None:
    memory = Memory()
    folder = memory.tree(("100644", b"uv.lock", LOCK))
    commit = memory.commit(memory.tree(("40000", b"a", folder), ("40000", b"b", folder)))

    listing = listed(memory, commit)

    assert [file.path for file in listing.files] == ["a/uv.lock", "b/uv.lock"]
    assert listing.skipped == ()


def test_a_path_decides_even_where_the_tree_was_seen_under_another_path() -> None:
    memory = Memory()
    folder = memory.tree(("100644", b"dev.txt", LOCK))
    commit = memory.commit(
        memory.tree(("40000", b"other", folder), ("40000", b"requirements", folder))
    )

    listing = list_files(memory, [commit], lambda p: p == "requirements/dev.txt", Limits())

    assert [file.path for file in listing.files] == ["requirements/dev.txt"]


def test_commits_that_share_trees_each_list_their_files() -> None:
    memory = Memory()
    shared = memory.tree(("100644", b"uv.lock", LOCK))
    one = memory.commit(memory.tree(("40000", b"s", shared)))
    two = memory.commit(memory.tree(("100644", b"x", LOCK), ("40000", b"s", shared)))

    listing = listed(memory, one, two)

    assert listing.files == (
        ListedFile(commit=one, path="s/uv.lock", oid=LOCK),
        ListedFile(commit=two, path="s/uv.lock", oid=LOCK),
    )


def test_only_regular_files_are_listed_and_the_others_named() -> None:
    memory = Memory()
    modes = ("100644", "100755", "100664", "100666", "120000", "160000")
    folders = [("40000", mode.encode(), memory.tree((mode, b"uv.lock", LOCK))) for mode in modes]
    commit = memory.commit(memory.tree(*folders))

    listing = listed(memory, commit)

    assert [file.path for file in listing.files] == ["100644/uv.lock", "100755/uv.lock"]
    assert [(s.context[:6], s.reason) for s in listing.skipped] == [
        ("100664", "unusual mode 100664"),
        ("100666", "unusual mode 100666"),
        ("120000", "a symbolic link, never followed"),
        ("160000", "a submodule, not a file"),
    ]


def test_a_missing_tree_is_named_by_its_path() -> None:
    memory = Memory()
    commit = memory.commit(memory.tree(("40000", b"gone", "ab" * 20)))

    listing = listed(memory, commit)

    assert [(s.context, s.reason) for s in listing.skipped] == [
        ("gone", "the tree is missing or damaged, or was not read")
    ]


def test_too_many_trees_are_named_and_the_root_comes_first() -> None:
    memory = Memory()
    folders = [("40000", b"%03d" % n, memory.tree(("100644", b"%d" % n, LOCK))) for n in range(100)]
    commit = memory.commit(memory.tree(*folders, ("100644", b"uv.lock", LOCK)))

    listing = listed(memory, commit, limits=Limits(trees=50))

    assert [file.path for file in listing.files] == ["uv.lock"]
    assert listing.skipped[0].reason == "more than 50 trees, not all were read"
    assert len(listing.skipped) == 1 + 51


def test_too_many_entries_end_the_reading_of_trees() -> None:
    memory = Memory()
    commit = memory.commit(memory.tree(*(("100644", b"%04d" % n, LOCK) for n in range(1000))))

    listing = listed(memory, commit, limits=Limits(entries=100))

    assert [s.reason for s in listing.skipped] == ["more than 100 tree entries"]


def test_a_thousand_skipped_things_are_summed_up() -> None:
    memory = Memory()
    links = (("120000", b"%04duv.lock" % n, LOCK) for n in range(1000))
    commit = memory.commit(memory.tree(*links))

    listing = listed(memory, commit)

    assert len(listing.skipped) == 201
    assert listing.skipped[-1].reason == "800 more of these"


def test_with_root_only_no_folder_is_entered_and_that_is_said_once() -> None:
    memory = Memory()
    folder = memory.tree(("100644", b"uv.lock", LOCK))
    commit = memory.commit(
        memory.tree(("40000", b"a", folder), ("40000", b"b", folder), ("100644", b"uv.lock", LOCK))
    )

    listing = list_files(
        memory, [commit], lambda p: p.endswith("uv.lock"), Limits(), root_only=True
    )

    assert [file.path for file in listing.files] == ["uv.lock"]
    assert [s.reason for s in listing.skipped] == [
        "only the root was looked at, no folder below it"
    ]
    assert listing.root_only


def test_a_root_without_folders_was_read_as_a_whole() -> None:
    memory = Memory()
    commit = memory.commit(memory.tree(("100644", b"uv.lock", LOCK), ("160000", b"sub", LOCK)))

    listing = list_files(
        memory, [commit], lambda p: p.endswith("uv.lock"), Limits(), root_only=True
    )

    assert (listing.root_only, listing.skipped) == (False, ())


def test_what_is_left_out_at_a_path_hides_that_path_and_a_limit_may_hide_any() -> None:
    memory = Memory()
    deep = memory.tree(("40000", b"b", memory.tree(("100644", b"uv.lock", LOCK))))
    commit = memory.commit(
        memory.tree(
            ("40000", b"a", memory.tree(("40000", b"a", deep))),
            ("40000", b"gone", "ab" * 20),
            ("120000", b"uv.lock", LOCK),
        )
    )
    many = memory.commit(memory.tree(*(("100644", b"%04d" % n, LOCK) for n in range(9))))

    bounded = listed(memory, commit, limits=Limits(depth=2))
    partly = listed(memory, many, limits=Limits(entries=5))
    missing = listed(memory, "cd" * 20)

    assert [s.at for s in bounded.skipped] == ["uv.lock", "gone", "a/a/b"]
    assert [s.at for s in partly.skipped] == [None]
    assert [s.at for s in missing.skipped] == [None]
