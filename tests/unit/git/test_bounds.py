"""Small packs and long answers that once cost minutes or gigabytes: each has its limit, and says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest

from crawler.errors import TooLarge
from crawler.git.delta import DeltaBudget, apply_delta
from crawler.git.interface import Blobs, Heads, Limits, ListedFile, Listing
from crawler.git.objects import ObjectType, RawObject, oid_of
from crawler.git.pack import unpack
from crawler.git.reader import visit
from crawler.git.refs import Advertised, choose_heads
from crawler.git.walk import list_files
from crawler.model import Head, ReadRequest, Refs, Repository
from tests.servers.packs import Objects, entry, number, pack, ref_delta

LOCK = oid_of(ObjectType.BLOB, b"lock")


class Made:
    """Objects made by hand. Implements `ObjectSource`."""

    def __init__(self, objects: Objects) -> None:
        self._found = {raw.oid: raw for raw in unpack([objects.pack()], Limits())}

    def read(self, oids: Collection[str]) -> Iterator[RawObject]:
        return (self._found[oid] for oid in oids if oid in self._found)


def listed(objects: Objects, root: str, limits: Limits) -> Listing:
    commit = objects.commit(root)
    return list_files(Made(objects), [commit], lambda path: path.endswith("uv.lock"), limits)


def test_a_name_of_megabytes_is_not_joined_at_every_place_of_its_tree() -> None:
    objects = Objects()
    inner = objects.tree(("40000", b"n" * 1_000_000, LOCK), ("100644", b"uv.lock", LOCK))
    root = objects.tree(*(("40000", b"%04d" % n, inner) for n in range(2_000)))

    listing = listed(objects, root, Limits())

    assert len(listing.files) == 2_000
    assert listing.skipped[0].context == "0000/" + "n" * 75
    assert listing.skipped[0].reason == "a path too long for any file system"


def test_the_paths_that_are_looked_at_have_a_limit_that_is_said() -> None:
    objects = Objects()
    inner = objects.tree(("100644", b"uv.lock", LOCK))
    root = objects.tree(*(("40000", b"%08d" % n, inner) for n in range(10)))

    listing = listed(objects, root, Limits(paths_bytes=9 * 10 + 17 * 3))

    assert [file.path for file in listing.files] == [f"{n:08d}/uv.lock" for n in range(3)]
    assert listing.skipped[0].context == "00000003/uv.lock"
    assert listing.skipped[0].reason == "more than 141 bytes of paths"


class Known:
    """A repository of which everything is known. Implements `ObjectReader`."""

    def heads(self, url: str, refs: Refs) -> Heads:
        return Heads(heads=tuple(Head(ref=f"refs/heads/{n}", commit="ab" * 20) for n in range(3)))

    def trees(self, url: str, commits: Collection[str], wanted: object) -> Listing:
        files = (ListedFile(commit="ab" * 20, path=f"{n}/uv.lock", oid=LOCK) for n in range(4))
        return Listing(files=tuple(files))

    def blobs(self, url: str, oids: Collection[str]) -> Blobs:
        return Blobs()


@pytest.mark.parametrize(
    ("most", "noted", "reasons"),
    [
        (12, 12, []),
        (
            11,
            11,
            ["more than 11 wanted files, counted once per ref: not all refs were noted"],
        ),
    ],
)
def test_many_refs_of_one_commit_do_not_multiply_its_files_without_end(
    most: int, noted: int, reasons: list[str]
) -> None:
    repository = Repository(host="git.example", path="r", clone_url="https://git.example/r")
    request = ReadRequest(
        wanted=lambda _: True,
        known=lambda files: [file.oid for file in files],
        refs=Refs.BRANCHES,
    )

    result = visit(Known(), repository, request, Limits(sightings=most))

    assert len(result.sightings) == noted
    assert [skipped.reason for skipped in result.skipped] == reasons


def test_the_instructions_of_all_deltas_of_a_pack_have_one_limit() -> None:
    base = oid_of(ObjectType.BLOB, b"x")
    delta = number(1) + number(6) + b"\x90\x01" * 6
    data = pack([entry(ObjectType.BLOB, b"x"), ref_delta(base, delta), ref_delta(base, delta)])

    within = [raw.data for raw in unpack([data], Limits(delta_steps=12))]

    assert within == [b"x", b"x" * 6, b"x" * 6]
    with pytest.raises(TooLarge, match="more instructions"):
        list(unpack([data], Limits(delta_steps=11)))


def test_a_delta_takes_its_instructions_from_what_is_left() -> None:
    steps = DeltaBudget(left=5)

    apply_delta(b"x", number(1) + number(3) + b"\x90\x01" * 3, steps)

    assert steps.left == 2


@pytest.mark.parametrize("chosen", Refs)
def test_refs_beyond_the_limit_make_no_empty_repository(chosen: Refs) -> None:
    refs = [Advertised(name=f"refs/pull/{n}/meta", oid=LOCK) for n in range(4)]

    within = choose_heads(refs, chosen, Limits(refs=4))
    beyond = choose_heads(refs, chosen, Limits(refs=3))

    assert (within.heads, within.skipped) == ((), ())
    assert [s.reason for s in beyond.skipped] == ["more than 3 refs: the others were not read"]
