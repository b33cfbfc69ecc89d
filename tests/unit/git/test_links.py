"""Where symbolic links of a tree lead, and which files are listed at their paths."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.git.interface import Limits, Listing
from crawler.git.objects import ObjectType, oid_of
from crawler.git.walk import list_files
from tests.unit.git.test_walk import Memory

LOCK = oid_of(ObjectType.BLOB, b"lock")


class Checkout:
    """A tree of files, links and folders, written as git does it."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.texts: dict[str, bytes] = {}

    def link(self, name: bytes, target: bytes) -> tuple[str, bytes, str]:
        oid = self.memory.add(ObjectType.BLOB, target)
        self.texts[oid] = target
        return "120000", name, oid

    def folder(self, name: bytes, *entries: tuple[str, bytes, str]) -> tuple[str, bytes, str]:
        return "40000", name, self.memory.tree(*entries)

    def followed(self, *entries: tuple[str, bytes, str], limits: Limits | None = None) -> Listing:
        """Walk a commit of `entries`; return what its links add."""
        commit = self.memory.commit(self.memory.tree(*entries))
        listing = list_files(self.memory, [commit], wanted, limits or Limits())
        if listing.follow is None:
            return Listing()
        return listing.follow({oid: self.texts[oid] for oid in listing.texts})


def wanted(path: str) -> int:
    """Want `uv.lock` anywhere and all below `requirements`."""
    return int(path.endswith("uv.lock") or "requirements/" in path)


def file(name: bytes) -> tuple[str, bytes, str]:
    return "100644", name, LOCK


def paths(listing: Listing) -> Mapping[str, str]:
    return {one.path: one.oid for one in listing.files}


def reasons(listing: Listing) -> list[tuple[str, str]]:
    return [(one.context, one.reason) for one in listing.skipped]


@pytest.mark.parametrize(
    "target",
    [
        b"hidden/data",
        b"./hidden//data",
        b"hidden/../hidden/data",
        b"hidden/./data",
        b"hidden/data\0and what git hands to nobody",
    ],
)
def test_a_link_called_like_a_lock_has_the_file_that_it_leads_to(target: bytes) -> None:
    made = Checkout()

    listing = made.followed(made.folder(b"hidden", file(b"data")), made.link(b"uv.lock", target))

    assert paths(listing) == {"uv.lock": LOCK}
    assert reasons(listing) == []


def test_a_link_is_resolved_from_the_folder_it_lies_in() -> None:
    made = Checkout()

    listing = made.followed(made.folder(b"app", made.link(b"uv.lock", b"../data")), file(b"data"))

    assert paths(listing) == {"app/uv.lock": LOCK}


def test_links_to_links_are_followed_forty_times_and_no_more() -> None:
    made = Checkout()
    chain = [made.link(b"%d" % n, b"%d" % (n + 1)) for n in range(1, 41)]

    listing = made.followed(
        *chain, file(b"41"), made.link(b"a.uv.lock", b"2"), made.link(b"b.uv.lock", b"1")
    )

    assert paths(listing) == {"a.uv.lock": LOCK}
    assert reasons(listing) == [("b.uv.lock", "more than 40 symbolic links lead to one another")]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (b"/etc/passwd", "a symbolic link that leaves the repository"),
        (b"../uv.lock", "a symbolic link that leaves the repository"),
        (b"folder/../../uv.lock", "a symbolic link that leaves the repository"),
        (b"uv.lock", "more than 40 symbolic links lead to one another"),
        (b"folder/back", "more than 40 symbolic links lead to one another"),
        (b"nothing", "a symbolic link to nothing in the repository"),
        (b"file/", "a symbolic link to nothing in the repository"),
        (b"file/x", "a symbolic link to nothing in the repository"),
        (b".git/config", "a symbolic link to nothing in the repository"),
        (b"module/uv.lock", "a symbolic link into a submodule"),
        (b"", "a symbolic link that no file system can make"),
        (b"x" * 4096, "a symbolic link that no file system can make"),
    ],
)
def test_a_link_that_leads_to_no_file_of_the_repository_is_named(
    target: bytes, reason: str
) -> None:
    made = Checkout()

    listing = made.followed(
        file(b"file"),
        made.folder(b"folder", made.link(b"back", b"../uv.lock")),
        ("160000", b"module", LOCK),
        made.link(b"uv.lock", target),
    )

    assert paths(listing) == {}
    assert ("uv.lock", reason) in reasons(listing)


def test_a_folder_behind_a_link_is_listed_where_its_name_makes_files_wanted() -> None:
    made = Checkout()
    deeper = made.folder(b"deeper", file(b"dev.txt"))
    reqs = made.folder(b"reqs", file(b"base.txt"), deeper, file(b"uv.lock"))

    listing = made.followed(reqs, made.link(b"requirements", b"reqs"))

    assert paths(listing) == {
        "requirements/base.txt": LOCK,
        "requirements/deeper/dev.txt": LOCK,
    }


def test_a_link_to_the_root_lists_nothing_a_second_time_and_ends() -> None:
    made = Checkout()

    listing = made.followed(file(b"uv.lock"), made.folder(b"a", made.link(b"loop", b"..")))

    assert paths(listing) == {}


def test_a_link_through_a_folder_link_is_resolved_where_the_folder_lies() -> None:
    made = Checkout()
    inner = made.folder(b"inner", made.link(b"data", b"../file"))

    listing = made.followed(
        made.folder(b"deep", inner, file(b"file")),
        made.link(b"short", b"deep/inner"),
        made.link(b"uv.lock", b"short/data"),
    )

    assert paths(listing) == {"uv.lock": LOCK}


def test_more_links_than_allowed_are_named_and_wanted_names_come_first() -> None:
    made = Checkout()
    others = [made.link(b"%03d" % n, b"x%d" % n) for n in range(100)]

    listing = made.followed(
        *others, file(b"data"), made.link(b"uv.lock", b"data"), limits=Limits(links=1)
    )

    assert paths(listing) == {"uv.lock": LOCK}
    assert sum(one.times for one in listing.skipped) == 100
    assert listing.skipped[0].reason == "a symbolic link whose target was not read"


def test_very_many_links_of_very_many_commits_end_at_a_bound() -> None:
    made = Checkout()
    many = [made.link(b"%05d.uv.lock" % n, b"data") for n in range(3000)]
    commits = [
        made.memory.commit(made.memory.tree(*many, file(b"data"), file(b"%d" % n)))
        for n in range(50)
    ]

    listing = list_files(made.memory, commits, wanted, Limits(files=10_000))
    assert listing.follow is not None
    linked = listing.follow(made.texts)

    assert len(linked.files) == 10_000
    assert [one.reason for one in linked.skipped] == [
        "more symbolic links than one visit may follow"
    ]
