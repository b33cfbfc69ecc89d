"""Objects that the git program reads, and what becomes of the others where it dies at one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from crawler.git.catfile import CatFile, ChildOutput
from crawler.git.interface import Limits
from crawler.git.objects import ObjectType, oid_of
from crawler.git.skips import Skips
from crawler.model import Skipped

FILES = [b"a", b"bb", b"ccc", b"dddd"]
OIDS = [oid_of(ObjectType.BLOB, data) for data in FILES]


class Git:
    """Holds FILES and dies at some of them, like a program at a damaged object."""

    def __init__(self, *, dies_at: Collection[str] = (), half: bytes = b"") -> None:
        self.dies_at, self.half = dies_at, half
        self.starts = 0

    def __call__(self, arguments: Sequence[str], oids: Sequence[str]) -> ChildOutput:
        self.starts += 1
        output = b""
        for oid in oids:
            if oid in self.dies_at and "--batch" in arguments:
                return ChildOutput(output=output + self.half, whole=False)
            data = dict(zip(OIDS, FILES, strict=True)).get(oid)
            if data is None:
                output += oid.encode() + b" missing\n"
                continue
            output += b"%b blob %d\n" % (oid.encode(), len(data))
            output += data + b"\n" if "--batch" in arguments else b""
        return ChildOutput(output=output)


class Dying(Git):
    """Dies at whatever it is asked for."""

    def __call__(self, arguments: Sequence[str], oids: Sequence[str]) -> ChildOutput:
        self.starts += 1
        return ChildOutput(output=b"", whole=False)


def catfile(git: Git, limits: Limits | None = None) -> tuple[CatFile, Skips]:
    skips = Skips("objects")
    return CatFile(git, limits or Limits(), skips, missing="it is missing"), skips


def test_what_is_there_comes_and_what_is_missing_is_said() -> None:
    objects, _ = catfile(Git())

    blobs = objects.blobs([*OIDS, "ab" * 20])

    assert [blob.data for blob in blobs.found] == FILES
    assert blobs.skipped == (Skipped(context="ab" * 20, reason="it is missing"),)


def test_an_object_at_which_git_dies_takes_no_other_with_it() -> None:
    for half in (b"", OIDS[1].encode(), b"%b blob 2\nb" % OIDS[1].encode()):
        objects, _ = catfile(Git(dies_at=[OIDS[1]], half=half))

        blobs = objects.blobs(OIDS)

        assert [blob.data for blob in blobs.found] == [b"a", b"ccc", b"dddd"]
        assert [skipped.context for skipped in blobs.skipped] == [OIDS[1]]


def test_git_is_not_started_again_and_again_without_end() -> None:
    many = [f"{number:040x}" for number in range(1_000)]
    git = Dying()
    objects, skips = catfile(git)

    objects.sizes(many)

    assert git.starts == 65
    assert skips.take() == (
        Skipped(context="objects", reason="936 objects behind too many damaged ones"),
    )


def test_trees_count_together_over_a_visit_and_one_that_is_too_large_is_said() -> None:
    objects, skips = catfile(Git(), Limits(inflated_bytes=5, object_bytes=3))

    first = [raw.data for raw in objects.read([OIDS[2], OIDS[3]])]
    second = [raw.data for raw in objects.read([OIDS[1], OIDS[0]])]

    assert (first, second) == ([b"ccc"], [b"bb"])
    assert skips.take() == (
        Skipped(context=OIDS[3], reason="an object of 4 bytes"),
        Skipped(context="trees", reason="more than 5 bytes of trees in one visit"),
    )


def test_files_count_together_over_a_visit() -> None:
    objects, _ = catfile(Git(), Limits(inflated_bytes=4))

    first, second = objects.blobs(OIDS[:2]), objects.blobs(OIDS[:1] + OIDS[2:3])

    assert [blob.data for blob in (*first.found, *second.found)] == [b"a", b"bb", b"a"]
    assert [skipped.reason for skipped in second.skipped] == ["more than 4 bytes in one visit"]
