"""Local repositories that mean harm. `python -m tests.hostile.local_repositories DIR` builds all of them.

Each one would keep a reader waiting, lead it out of the folder that was named, make it run a program, or
take sound neighbours with it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.local_places import Place, device, fifo, link, sparse, unix_socket
from tests.hostile.local_spoils import (
    Spoil,
    alternates,
    away,
    bare,
    bomb,
    borrowing,
    buried,
    circle,
    damaged,
    deep_refs,
    deltas,
    fanout,
    gc_then,
    include_fifo,
    instead_of_git,
    many_alternates,
    many_packed_refs,
    many_packs,
    moved,
    packed_below_folders,
    pointer,
    programs,
    promisor,
    put,
    ref_below_a_link,
    reftable,
    replaced,
    sha256,
    short,
    submodule,
    text,
    worktree,
    write,
)
from tests.servers.git_repository import git

__all__ = ["MEMBERS", "Member", "main"]

_GIB = 1 << 30
_ALL = ("other/uv.lock", "sub/uv.lock", "uv.lock")
_MAIN = ("sub/uv.lock", "uv.lock")
_OUTSIDE = "points outside the scanned folder: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of them."""

    id: str
    spoil: Spoil
    """Makes it of an honest repository."""
    verdict: str
    """`visited whole`, `visited partial`, `empty partial`, `failed`, `gone`."""
    said: str = ""
    """Part of a reason that has to be given."""
    reads: tuple[str, ...] = ()
    """The paths of all locks that come home when all branches are asked for."""
    root: bool = False
    """Whether only root can make it."""


def _members() -> Iterator[Member]:
    for name, (spoil, said) in _HEADS.items():
        yield Member(
            id=f"head-{name}", spoil=spoil, verdict="visited partial", said=said, reads=_ALL
        )
    for kind, make, root in _NEVER_READABLE:
        for where, path in _BESIDE.items():
            yield Member(
                id=f"{where}-{kind}", spoil=put(make, path), verdict="visited whole",
                reads=_ALL, root=root,
            )  # fmt: skip
        for where, (path, verdict, reads) in _NEEDED.items():
            yield Member(
                id=f"{where}-{kind}", spoil=put(make, path), verdict=verdict,
                said="not a regular file", reads=reads, root=root,
            )  # fmt: skip
    for name, (spoil, verdict, said, reads) in _OTHERS.items():
        yield Member(id=name, spoil=spoil, verdict=verdict, said=said, reads=reads)


_NEVER_READABLE = (("fifo", fifo, False), ("socket", unix_socket, False), ("device", device, True))
_BESIDE = {
    "config": "config",
    "index": "index",
    "shallow": "shallow",
    "grafts": "info/grafts",
    "exclude": "info/exclude",
    "attributes": "info/attributes",
    "log-of-head": "logs/HEAD",
    "http-alternates": "objects/info/http-alternates",
    "commit-graph": "objects/info/commit-graph",
    "multi-pack-index": "objects/pack/multi-pack-index",
    "replace-ref": "refs/replace/" + "ab" * 20,
    "hook": "hooks/post-checkout",
}
"""What no reader of objects needs."""
_NEEDED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "head": ("HEAD", "visited partial", _ALL),
    "packed-refs": ("packed-refs", "visited partial", _ALL),
    "alternates": ("objects/info/alternates", "visited partial", _ALL),
    "ref": ("refs/heads/main", "visited partial", ("other/uv.lock",)),
    "other-ref": ("refs/heads/zz", "visited partial", _ALL),
    "loose-blob": ("main:sub/uv.lock", "visited partial", ("other/uv.lock", "uv.lock")),
    "loose-tree": ("main:sub", "visited partial", ("other/uv.lock", "uv.lock")),
    "commondir": ("commondir", "failed", ()),
    "pack": ("packed:*.pack", "visited partial", ()),
    "pack-index": ("packed:*.idx", "visited partial", ()),
}


_HEADS: dict[str, tuple[Spoil, str]] = {
    "link-to-passwd": (put(link("/etc/passwd"), "HEAD"), f"{_OUTSIDE}/etc/passwd"),
    "link-to-another-repository": (lambda p: link(p.outside / "HEAD")(p.git / "HEAD"), _OUTSIDE),
    "link-to-itself": (put(link("HEAD"), "HEAD"), "HEAD"),
    "link-to-a-ref-outside": (put(link("refs/../../../outside.git/HEAD"), "HEAD"), "forbidden name"),
    "empty": (text("HEAD", ""), "its file is empty"),
    "garbage": (text("HEAD", "hello\n"), "a ref without an object name"),
    "of-a-gibibyte": (put(sparse(_GIB), "HEAD"), "larger than 4096 bytes"),
    "names-a-path-outside": (text("HEAD", "ref: refs/heads/../../../../outside.git/HEAD\n"), "forbidden name"),
    "names-an-absolute-path": (text("HEAD", "ref: {place.outside}/HEAD\n"), "forbidden name"),
    "names-a-secret-outside": (text("HEAD", "ref: refs/../../../outside.git/refs/heads/main\n"), "forbidden name"),
    "with-a-commit-that-is-missing": (text("HEAD", "ab" * 20 + "\n"), "the commit is missing"),
}  # fmt: skip


_Row = tuple[Spoil, str, str, tuple[str, ...]]
_OTHERS: dict[str, _Row] = {
    "untouched": (lambda _: None, "visited whole", "", _ALL),
    "honest-packed": (lambda p: git(p.repo, "gc", "-q"), "visited whole", "", _ALL),
    "honest-bare": (bare, "visited whole", "", _ALL),
    "honest-head-that-is-a-link": (put(link("refs/heads/main"), "HEAD"), "visited whole", "", _ALL),
    "honest-detached": (lambda p: (p.git / "HEAD").write_text(git(p.repo, "rev-parse", "main")), "visited whole", "", _ALL),
    "honest-symbolic-branch": (text("refs/heads/alias", "ref: refs/heads/main\n"), "visited whole", "", _ALL),
    "honest-folders-that-packing-left": (packed_below_folders, "visited whole", "", _ALL),
    "honest-lock-of-a-ref": (text("refs/heads/main.lock", ""), "visited whole", "", _ALL),
    "head-missing": (lambda p: (p.git / "HEAD").unlink(), "failed", "it has no HEAD or no objects", ()),
    "head-in-a-circle": (circle, "visited partial", "symbolic refs that name one another", _ALL),
    "head-unborn": (text("HEAD", "ref: refs/heads/none\n"), "visited whole", "", _ALL),
    # .git itself
    "git-fifo": (instead_of_git(fifo), "failed", "is not a Git repository", ()),
    "git-socket": (instead_of_git(unix_socket), "failed", "is not a Git repository", ()),
    "git-missing": (lambda p: p.git.rename(p.repo / "kept"), "gone", "no Git repository in ", ()),
    "git-link-outside": (lambda p: instead_of_git(link(p.outside))(p), "failed", _OUTSIDE, ()),
    "git-link-inside": (instead_of_git(link("kept")), "visited whole", "", _ALL),
    "git-link-to-itself": (instead_of_git(link(".git")), "failed", "is not a Git repository", ()),
    "git-file-outside": (pointer("gitdir: {place.outside}\n"), "failed", "outside.git; scan ", ()),
    "git-file-relative": (pointer("gitdir: ../outside.git\n"), "failed", "outside.git itself", ()),
    "git-file-inside": (pointer("gitdir: ./kept\n"), "visited whole", "", _ALL),
    "git-file-nowhere": (pointer("gitdir: nowhere\n"), "failed", "is not a folder", ()),
    "git-file-to-itself": (pointer("gitdir: .git\n"), "failed", "is not a folder", ()),
    "git-file-with-a-nul": (pointer("gitdir: a\0b\n"), "failed", "names no path", ()),
    "git-file-of-words": (pointer("hello\n"), "failed", "is a file that names no repository", ()),
    "git-file-of-a-gibibyte": (instead_of_git(sparse(_GIB)), "failed", "larger than 4096 bytes", ()),
    "git-worktree": (worktree, "failed", "main itself", ()),
    "git-submodule": (submodule, "failed", "super/.git/modules/sub itself", ()),
    # where it keeps things
    "commondir-outside": (text("commondir", "{place.outside}\n"), "failed", "outside.git itself", ()),
    "commondir-relative": (text("commondir", "../../outside.git\n"), "failed", "outside.git itself", ()),
    "commondir-of-itself": (text("commondir", ".\n"), "visited whole", "", _ALL),
    "objects-link-outside": (lambda p: away(p, "objects", "objects"), "failed", "outside.git itself", ()),
    "objects-link-inside": (lambda p: moved(p, "objects", to="store"), "visited whole", "", _ALL),
    "pack-folder-link-outside": (lambda p: away(p, "objects/pack", "objects/pack"), "visited partial", _OUTSIDE, _ALL),
    "refs-link-outside": (lambda p: away(p, "refs", "refs"), "empty partial", _OUTSIDE, ()),
    "heads-link-outside": (lambda p: away(p, "refs/heads", "refs/heads"), "empty partial", _OUTSIDE, ()),
    "heads-link-to-itself": (put(link("."), "refs/heads/again"), "visited whole", "", _ALL),
    "heads-link-above": (put(link(".."), "refs/heads/above"), "visited whole", "", _ALL),
    "ref-link-outside": (lambda p: link(p.outside / "refs/heads/main")(p.git / "refs/heads/x"), "visited partial", _OUTSIDE, _ALL),
    "ref-folder-link-outside": (lambda p: link(p.outside / "refs/heads")(p.git / "refs/heads/x"), "visited partial", "outside.git/refs/heads; scan ", _ALL),
    "ref-empty": (text("refs/heads/dev", ""), "visited partial", "its file is empty", _MAIN),
    "ref-of-a-gibibyte": (put(sparse(_GIB), "refs/heads/dev"), "visited partial", "larger than 4096 bytes", _MAIN),
    "ref-to-a-missing-commit": (text("refs/heads/x", "ab" * 20), "visited partial", "the commit is missing", _ALL),
    "ref-to-a-blob": (lambda p: (p.git / "refs/heads/x").write_text(git(p.repo, "rev-parse", "main:uv.lock")), "visited partial", "not a commit", _ALL),
    "ref-with-an-escape": (lambda p: shutil.copy(p.git / "refs/heads/main", p.git / "refs/heads/\x1b]52;c;"), "visited partial", "forbidden name", _ALL),
    "refs-250-deep": (deep_refs, "visited partial", "forbidden name", _ALL),
    "packed-refs-of-a-gibibyte": (put(sparse(_GIB), "packed-refs"), "visited partial", "larger than 67108864 bytes", _ALL),
    "packed-refs-260000": (many_packed_refs, "visited partial", "more than 250000 refs", _MAIN),
    "packed-ref-below-a-link-outside": (ref_below_a_link, "visited partial", _OUTSIDE, _ALL),
    "packed-refs-link-outside": (lambda p: link(p.outside / "packed-refs")(p.git / "packed-refs"), "visited partial", _OUTSIDE, _ALL),
    # borrowed objects
    "alternates-outside": (alternates("{place.outside}/objects\n"), "visited partial", "outside.git itself", _ALL),
    "alternates-relative": (alternates("../../../outside.git/objects\n"), "visited partial", "outside.git itself", _ALL),
    "alternates-inside-in-a-circle": (borrowing, "visited whole", "", _ALL),
    "alternates-to-itself": (alternates(".\n../objects\n"), "visited whole", "", _ALL),
    "alternates-to-nothing": (alternates("nowhere\n"), "visited partial", "is not a folder", _ALL),
    "alternates-quoted": (alternates('"{place.outside}/objects"\n'), "visited partial", "in quotation marks", _ALL),
    "alternates-of-comments": (alternates("# {place.outside}/objects\n\n"), "visited whole", "", _ALL),
    "alternates-of-a-gibibyte": (put(sparse(_GIB), "objects/info/alternates"), "visited partial", "larger than ", _ALL),
    "alternates-40": (many_alternates, "visited partial", "more than 16 folders of objects", _ALL),
    "http-alternates": (text("objects/info/http-alternates", "http://127.0.0.1:9/\n"), "visited whole", "", _ALL),
    # objects
    "blob-damaged": (damaged("main:sub/uv.lock"), "visited partial", "missing or damaged", ("other/uv.lock", "uv.lock")),
    "tree-damaged": (damaged("main:sub"), "visited partial", "the tree is missing or damaged", ("other/uv.lock", "uv.lock")),
    "commit-damaged": (damaged("main"), "visited partial", "the commit is missing, damaged", ("other/uv.lock",)),
    "blob-link-outside": (lambda p: link(p.outside / "HEAD")(p.object("main:sub/uv.lock")), "visited partial", _OUTSIDE, ("other/uv.lock", "uv.lock")),
    "blob-longer-than-it-states": (short, "visited partial", "missing or damaged", ("other/uv.lock", "uv.lock")),
    "blob-bomb": (bomb, "visited partial", "an object of 209715200 bytes", ("other/uv.lock", "uv.lock")),
    "blob-file-of-a-gibibyte": (lambda p: sparse(_GIB)(p.object("main:sub/uv.lock")), "visited partial", "larger than ", ("other/uv.lock", "uv.lock")),
    "fanout-link-outside": (fanout, "visited partial", _OUTSIDE, ("other/uv.lock", "uv.lock")),
    "pack-delta-bomb": (deltas, "visited partial", "an object of 268435456 bytes", ("other/uv.lock", "uv.lock")),
    "pack-of-a-tebibyte": (lambda p: gc_then(p, "*.pack", sparse(1 << 40)), "visited partial", "the commit is missing", ()),
    "pack-index-of-a-tebibyte": (lambda p: gc_then(p, "*.idx", sparse(1 << 40)), "visited partial", "the commit is missing", ()),
    "pack-index-garbage": (lambda p: gc_then(p, "*.idx", write(b"\xfftOc" + b"\xff" * 5_000)), "visited partial", "the commit is missing", ()),
    "pack-cut-off": (lambda p: gc_then(p, "*.pack", write(b"PACK\0\0\0\2\0\0\0\7")), "visited partial", "the commit is missing", ()),
    "packs-2100": (many_packs, "visited partial", "more than 2000 packs", _ALL),
    # what would run or fetch something
    "programs-everywhere": (programs, "visited whole", "", _ALL),
    "promisor": (promisor, "visited partial", "missing or damaged", ("other/uv.lock", "uv.lock")),
    "buried-bare-repository": (buried, "visited whole", "", _ALL),
    "replaced-blob": (replaced, "visited whole", "", _ALL),
    "config-includes-a-fifo": (include_fifo, "visited whole", "", _ALL),
    "config-includes-outside": (lambda p: p.configure(f'[include]\n\tpath = {p.outside}/config\n[includeIf "gitdir:/**"]\n\tpath = {p.outside}/config\n'), "visited whole", "", _ALL),
    "config-work-tree-outside": (lambda p: p.configure(f"[core]\n\tworktree = {p.outside}\n"), "visited whole", "", _ALL),
    "config-of-the-future": (lambda p: p.configure("[core]\n\trepositoryFormatVersion = 9\n[extensions]\n\tx = y\n"), "visited whole", "", _ALL),
    "config-cut-off": (lambda p: p.configure("[core\n"), "visited whole", "", _ALL),
    "grafts": (text("info/grafts", "{place.outside}\n"), "visited whole", "", _ALL),
    "shallow": (text("shallow", "ab" * 20 + "\n"), "visited whole", "", _ALL),
    # what is not read yet
    "sha256": (sha256, "visited whole", "", ("uv.lock",)),
    "reftable": (reftable, "failed", "reftable", ()),
}  # fmt: skip


MEMBERS = tuple(_members())


def main(folder: str) -> None:
    """Build all members below `folder`."""
    honest = Place.make(Path(folder, "honest"))
    for member in MEMBERS:
        place = honest.copied_to(Path(folder, member.id))
        try:
            member.spoil(place)
        except PermissionError:
            print(f"{place.repo}: not built, only root can")  # noqa: T201 - what it is for
        else:
            print(f"{place.repo}: {member.verdict}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
