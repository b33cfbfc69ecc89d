"""Which files are listed, at which paths, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from crawler.git.interface import Limits, ListedFile, Listing
from crawler.git.objects import ObjectType, RawObject, oid_of
from crawler.git.walk import list_files
from crawler.model import Skipped, Worth
from tests.servers.packs import commit_data, tree_data

LOCK = oid_of(ObjectType.BLOB, b"lock")


class Memory:
    """Objects in a dictionary. Implements `ObjectSource`."""

    def __init__(self) -> None:
        self.objects: dict[str, RawObject] = {}

    def add(self, kind: ObjectType, data: bytes) -> str:
        oid = oid_of(kind, data)
        self.objects[oid] = RawObject(oid=oid, kind=kind, data=data)
        return oid

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        return self.add(ObjectType.TREE, tree_data(entries))

    def commit(self, tree: str) -> str:
        return self.add(ObjectType.COMMIT, commit_data(tree))

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


def test_files_of_every_mode_that_git_checks_out_are_listed_and_a_submodule_is_named() -> None:
    memory = Memory()
    modes = ("100644", "100755", "100664", "100666", "0100600", "160000", "644")
    folders = [("40000", mode.encode(), memory.tree((mode, b"uv.lock", LOCK))) for mode in modes]
    commit = memory.commit(memory.tree(*folders))

    listing = listed(memory, commit)

    assert sorted(file.path for file in listing.files) == [
        "0100600/uv.lock",
        "100644/uv.lock",
        "100664/uv.lock",
        "100666/uv.lock",
        "100755/uv.lock",
    ]
    assert [(s.context, s.reason) for s in listing.skipped] == [
        ("160000/uv.lock", "a submodule, not a file"),
        ("644/uv.lock", "a submodule, not a file"),
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
    modules = (("160000", b"%04duv.lock" % n, LOCK) for n in range(1000))
    commit = memory.commit(memory.tree(*modules))

    listing = listed(memory, commit)

    assert len(listing.skipped) == 201
    assert listing.skipped[-1] == Skipped(
        context="0200uv.lock", reason="a submodule, not a file", times=800
    )


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
            ("160000", b"uv.lock", LOCK),
        )
    )
    many = memory.commit(memory.tree(*(("100644", b"%04d" % n, LOCK) for n in range(9))))

    bounded = listed(memory, commit, limits=Limits(depth=2))
    partly = listed(memory, many, limits=Limits(entries=5))
    missing = listed(memory, "cd" * 20)

    assert [s.at for s in bounded.skipped] == ["uv.lock", "gone", "a/a/b"]
    assert [s.at for s in partly.skipped] == [None]
    assert [s.at for s in missing.skipped] == [None]


def worth(path: str) -> int:
    """Know `uv.lock`, and take any other lock for a possible one."""
    if path.rpartition("/")[2] == "uv.lock":
        return Worth.WELL_KNOWN
    return Worth.POSSIBLE if path.endswith(".lock") else Worth.NONE


def found(memory: Memory, *commits: str, limits: Limits) -> list[str]:
    return [file.path for file in list_files(memory, commits, worth, limits).files]


def decoys(count: int) -> list[tuple[str, bytes, str]]:
    return [("100644", b"%05d.lock" % n, LOCK) for n in range(count)]


def test_files_of_a_well_known_name_come_first_and_those_near_the_root_before_the_rest() -> None:
    memory = Memory()
    below = memory.tree(("100644", b"a.lock", LOCK), ("100644", b"uv.lock", LOCK))
    deeper = memory.tree(("40000", b"b", below), ("100644", b"uv.lock", LOCK))
    commit = memory.commit(
        memory.tree(
            ("40000", b"0", deeper), ("100644", b"1.lock", LOCK), ("100644", b"uv.lock", LOCK)
        )
    )

    paths = found(memory, commit, limits=Limits())

    assert paths == ["uv.lock", "0/uv.lock", "0/b/uv.lock", "1.lock", "0/b/a.lock"]


def test_many_files_of_any_name_hide_none_of_a_well_known_one() -> None:
    memory = Memory()
    inner = memory.tree(*decoys(50), ("100644", b"uv.lock", LOCK))
    main = memory.commit(memory.tree(*decoys(50), ("40000", b"app", inner)))
    other = memory.commit(memory.tree(*decoys(9), ("100644", b"uv.lock", LOCK)))

    listing = list_files(memory, [main, other], worth, Limits(files=4))

    places = [(file.commit, file.path) for file in listing.files]
    assert places[:2] == [(main, "app/uv.lock"), (other, "uv.lock")]
    assert len(places) == 4
    assert listing.skipped == (
        Skipped(context="00002.lock", reason="more than 4 wanted files", times=98),
    )


def test_of_very_many_well_known_names_those_near_the_root_are_listed() -> None:
    memory = Memory()
    inner = memory.tree(("100644", b"uv.lock", LOCK))
    folders = (("40000", b"%03d" % n, memory.tree(("40000", b"x", inner))) for n in range(99))
    commit = memory.commit(
        memory.tree(*folders, ("40000", b"z", inner), ("100644", b"uv.lock", LOCK))
    )

    paths = found(memory, commit, limits=Limits(files=3))

    assert paths[:2] == ["uv.lock", "z/uv.lock"]


def test_a_well_known_name_behind_too_many_entries_is_found_and_the_others_are_counted() -> None:
    memory = Memory()
    commit = memory.commit(memory.tree(*decoys(150), ("100644", b"uv.lock", LOCK)))

    listing = list_files(memory, [commit], worth, Limits(entries=100))

    assert listing.files[0].path == "uv.lock"
    assert [(s.reason, s.times) for s in listing.skipped] == [("more than 100 tree entries", 50)]


def test_what_is_behind_too_many_entries_is_not_looked_at_without_end() -> None:
    memory = Memory()
    commit = memory.commit(memory.tree(*decoys(250), ("100644", b"uv.lock", LOCK)))

    listing = list_files(memory, [commit], worth, Limits(entries=100))

    assert "uv.lock" not in {file.path for file in listing.files}
    assert [s.reason for s in listing.skipped] == ["more than 100 tree entries"]


def test_a_folder_full_of_files_does_not_take_the_room_of_those_beside_it() -> None:
    memory = Memory()
    full = memory.tree(*decoys(500))
    small = memory.tree(("100644", b"uv.lock", LOCK), ("100644", b"x.lock", LOCK))
    commit = memory.commit(memory.tree(("40000", b"a", full), ("40000", b"b", small)))

    paths = found(memory, commit, limits=Limits(entries=100))

    assert {"b/uv.lock", "b/x.lock"} <= set(paths)


def test_a_well_known_name_behind_too_many_bytes_of_paths_is_found() -> None:
    memory = Memory()
    commit = memory.commit(memory.tree(*decoys(150), ("100644", b"uv.lock", LOCK)))

    listing = list_files(memory, [commit], worth, Limits(paths_bytes=11 * 100))

    assert listing.files[0].path == "uv.lock"
    assert len(listing.files) == 101
    assert sum(s.times for s in listing.skipped) == 50
    assert {s.reason for s in listing.skipped} == {"more than 1100 bytes of paths"}


def test_a_submodule_of_a_well_known_name_is_named_among_very_many_of_any() -> None:
    memory = Memory()
    modules = (("160000", b"%05d.lock" % n, LOCK) for n in range(1000))
    commit = memory.commit(memory.tree(*modules, ("160000", b"uv.lock", LOCK)))

    listing = list_files(memory, [commit], worth, Limits())

    assert "uv.lock" in {s.context for s in listing.skipped}
    assert sum(s.times for s in listing.skipped) == 1001
