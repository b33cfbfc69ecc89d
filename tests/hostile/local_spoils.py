"""How a stranger spoils a repository: each of these makes one kind of harm of an honest one."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from crawler.git.objects import ObjectType, oid_of
from tests.hostile.local_places import HONEST, Place, fifo, instead, loose, packed, write_loose
from tests.servers.git_repository import commit, git
from tests.servers.packs import copy_twice, entry, ofs_delta, tree_data

__all__ = [
    "Spoil",
    "alternates",
    "away",
    "bare",
    "bomb",
    "borrowing",
    "buried",
    "circle",
    "damaged",
    "deep_refs",
    "deltas",
    "fanout",
    "gc_then",
    "include_fifo",
    "instead_of_git",
    "many_alternates",
    "many_packed_refs",
    "many_packs",
    "moved",
    "packed_below_folders",
    "pointer",
    "programs",
    "promisor",
    "put",
    "ref_below_a_link",
    "reftable",
    "replaced",
    "sha256",
    "short",
    "submodule",
    "text",
    "worktree",
    "write",
]

Spoil: TypeAlias = Callable[[Place], object]


def text(path: str, content: str) -> Spoil:
    """Write a file below `.git`; `{place.outside}` is the other repository."""
    return lambda place: instead(
        place.git / path, lambda file: file.write_text(content.format(place=place))
    )


def put(make: Callable[[Path], None], path: str) -> Spoil:
    """Put what `make` makes in the place of a file below `.git`, of an object, or of the pack."""

    def spoil(place: Place) -> None:
        if path.startswith("packed:"):
            git(place.repo, "repack", "-q", "-a", "-d")
            (file,) = (place.git / "objects/pack").glob(path.removeprefix("packed:"))
            make(file)
        elif ":" in path:
            make(place.object(path))
        else:
            make(place.git / path)

    return spoil


def alternates(content: str) -> Spoil:
    return text("objects/info/alternates", content)


def include_fifo(place: Place) -> None:
    fifo(place.repo / "f")
    place.configure(f"[include]\n\tpath = {place.repo}/f\n")


def circle(place: Place) -> None:
    (place.git / "HEAD").write_text("ref: refs/heads/a\n")
    (place.git / "refs/heads/a").write_text("ref: refs/heads/b\n")
    (place.git / "refs/heads/b").write_text("ref: refs/heads/a\n")


def moved(place: Place, path: str, *, to: str) -> None:
    """Move a folder of the repository and leave a link in its place."""
    target = place.repo / to
    target.parent.mkdir(parents=True, exist_ok=True)
    (place.git / path).rename(target)
    (place.git / path).symlink_to(target)


def away(place: Place, path: str, other: str) -> None:
    """Put a link to a folder of the other repository in the place of one."""
    shutil.rmtree(place.git / path, ignore_errors=True)
    (place.git / path).symlink_to(place.outside / other)


def pointer(content: str) -> Spoil:
    def spoil(place: Place) -> None:
        place.git.rename(place.repo / "kept")
        (place.repo / ".git").write_text(content.format(place=place))

    return spoil


def instead_of_git(make: Callable[[Path], None]) -> Spoil:
    def spoil(place: Place) -> None:
        place.git.rename(place.repo / "kept")
        make(place.repo / ".git")

    return spoil


def worktree(place: Place) -> None:
    git(place.repo, "worktree", "add", "-q", "../linked", "dev")
    place.repo.rename(place.repo.with_name("main"))
    place.repo.with_name("linked").rename(place.repo)
    (place.repo / ".git").write_text(f"gitdir: {place.repo.parent}/main/.git/worktrees/linked\n")


def submodule(place: Place) -> None:
    home = place.repo.parent / "super/.git/modules/sub"
    home.parent.mkdir(parents=True)
    place.git.rename(home)
    (place.repo / ".git").write_text("gitdir: ../super/.git/modules/sub\n")


def packed_below_folders(place: Place) -> None:
    """Branches whose names were those of folders before."""
    git(place.repo, "pack-refs", "--all")
    for name in ("main", "dev"):
        (place.git / "refs/heads" / name / "empty").mkdir(parents=True)


def ref_below_a_link(place: Place) -> None:
    """A packed ref whose place among the files is behind a link, and a link there that names a ref."""
    (place.git / "packed-refs").write_text(f"{'ab' * 20} refs/heads/x/y\n")
    (place.git / "refs/heads/x").symlink_to(place.outside)
    (place.outside / "y").symlink_to("refs/heads/main")


def deep_refs(place: Place) -> None:
    """Folders so deep that their path is longer than any that can be opened."""
    at = os.open(place.git / "refs/heads", os.O_RDONLY)
    for _ in range(250):
        os.mkdir("d" * 20, dir_fd=at)
        below = os.open("d" * 20, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)


def many_packed_refs(place: Place) -> None:
    lines = "".join(f"{'ab' * 20} refs/heads/{n:06}\n" for n in range(260_000))
    (place.git / "packed-refs").write_text(lines)


def many_packs(place: Place) -> None:
    for number in range(2_100):
        for suffix in ("idx", "pack"):
            (place.git / f"objects/pack/pack-{number}.{suffix}").write_bytes(b"")


def damaged(name: str) -> Spoil:
    def spoil(place: Place) -> None:
        path = place.object(name)
        write_loose(place, path.parent.name + path.name, b"\x78\x9cno zlib")

    return spoil


def short(place: Place) -> None:
    """An object that states less than it holds, and a bomb behind it."""
    oid = place.object("main:sub/uv.lock")
    body = zlib.compress(b"blob 10\0" + bytes(64 << 20))
    write_loose(place, oid.parent.name + oid.name, body)


def bomb(place: Place) -> None:
    oid = place.object("main:sub/uv.lock")
    body = zlib.compress(b"blob %d\0" % (200 << 20) + bytes(200 << 20))
    write_loose(place, oid.parent.name + oid.name, body)


def deltas(place: Place) -> None:
    """A pack of 3 KB with a blob of 256 MiB on main, each entry twice the one before."""
    entries, size, data = [entry(ObjectType.BLOB, bytes(65_536))], 65_536, bytes(65_536)
    oids = [oid_of(ObjectType.BLOB, data)]
    for number in range(12):
        entries.append(ofs_delta(len(entries[-1]), copy_twice(size)))
        oids.append(f"{number:040x}")
        size *= 2
    packed(place, entries, oids)
    inside = (
        ("100644", b"Pipfile.lock", oids[-1]),
        ("100644", b"uv.lock", oid_of(ObjectType.BLOB, HONEST)),
    )
    _head_at(place, loose(place, ObjectType.TREE, tree_data(inside)))


def _head_at(place: Place, tree: str) -> None:
    made = git(place.repo, "commit-tree", "-m", "work", tree)
    (place.git / "refs/heads/main").write_text(f"{made}\n")


def promisor(place: Place) -> None:
    place.configure(
        "[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\tpromisor = true\n\turl = ext::{place.script}\n'
        f"\tpartialclonefilter = blob:none\n\tuploadpack = {place.script}\n"
    )
    place.object("main:sub/uv.lock").unlink()


def programs(place: Place) -> None:
    evil = place.script
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        shutil.copy(evil, place.git / "hooks" / hook)
    place.configure(
        f"[core]\n\tfsmonitor = {evil}\n\thooksPath = {place.repo}\n\tpager = {evil}\n"
        f"\tsshCommand = {evil}\n\talternateRefsCommand = {evil}\n\tgitProxy = {evil}\n"
        f"\teditor = {evil}\n\taskPass = {evil}\n[diff]\n\texternal = {evil}\n"
        f'[filter "x"]\n\tsmudge = {evil}\n\tclean = {evil}\n\tprocess = {evil}\n'
        f"[credential]\n\thelper = {evil}\n[alias]\n\tcat-file = !{evil}\n[gpg]\n\tprogram = {evil}\n"
    )
    (place.git / "info").mkdir(exist_ok=True)
    (place.git / "info/attributes").write_text("* filter=x diff=x\n")


def buried(place: Place) -> None:
    """A bare repository inside of a work tree, which git would take for the one that is meant."""
    commit_to = place.repo / "buried.git"
    shutil.copytree(place.git, commit_to)
    with (commit_to / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = {place.script}\n\tbare = true\n")


def replaced(place: Place) -> None:
    """Main's lock is replaced by another blob, which is not what is committed."""
    other = git(place.repo, "hash-object", "-w", "--stdin", content=b"replaced")
    honest = git(place.repo, "rev-parse", "main:uv.lock")
    (place.git / "refs/replace").mkdir()
    (place.git / "refs/replace" / honest).write_text(f"{other}\n")


def borrowing(place: Place) -> None:
    """All objects are in another folder, inside; which names this one in return."""
    store = place.repo / "store"
    (place.git / "objects").rename(store)
    for folder, other in ((place.git / "objects", store), (store, place.git / "objects")):
        (folder / "info").mkdir(parents=True, exist_ok=True)
        (folder / "info/alternates").write_text(f"{other}\n{folder}\n")


def many_alternates(place: Place) -> None:
    lines = []
    for number in range(40):
        (place.repo / f"store-{number}").mkdir()
        lines.append(f"../../store-{number}\n")
    instead(place.git / "objects/info/alternates", lambda p: p.write_text("".join(lines)))


def fanout(place: Place) -> None:
    folder = place.object("main:sub/uv.lock").parent
    folder.rename(place.outside / "fanout")
    folder.symlink_to(place.outside / "fanout")


def write(data: bytes) -> Callable[[Path], None]:
    return lambda path: instead(path, lambda p: p.write_bytes(data))


def gc_then(place: Place, pattern: str, make: Callable[[Path], None]) -> None:
    git(place.repo, "gc", "-q")
    (file,) = (place.git / "objects/pack").glob(pattern)
    make(file)


def bare(place: Place) -> None:
    git(place.git, "config", "core.bare", "true")
    for path in list(place.git.iterdir()):
        path.rename(place.repo / path.name)
    place.git.rmdir()


def sha256(place: Place) -> None:
    shutil.rmtree(place.git)
    git(place.repo, "init", "-q", "-b", "main", "--object-format=sha256")
    commit(place.git, {"uv.lock": HONEST})


def reftable(place: Place) -> None:
    shutil.rmtree(place.git / "refs")
    (place.git / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (place.git / "refs").mkdir()
    (place.git / "refs/heads").write_text("this repository uses the reftable format\n")
    (place.git / "reftable").mkdir()
    (place.git / "reftable/tables.list").write_text("")
