"""Groups A1 and A5 to A8: trees, names and modes that mean harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crawler.model import Refs
from tests.hostile.git_modes import SOME_OID, Mode, Tree, scripted, trees
from tests.servers.packs import pack
from tests.servers.scripted_git import Say, line, packfile

__all__ = ["tree_modes"]

_WHOLE, _PARTIAL = "visited whole", "visited partial"
_ROOT = ("uv.lock",)
_GIT_SAYS_NO = "Malformed|visited partial|visited whole"
"""Git's own check (fsck) may refuse a tree that our walk only cuts."""
_HEAVY = "visited partial|Malformed|Retry|TooLarge"
"""On a busy machine the time of a visit may end before its limits are reached."""
_Build = Callable[[Tree], str]


def tree_modes() -> Iterator[Mode]:
    """Yield all modes of this file."""
    yield from _bombs()
    yield from _names()
    yield from _modes()


def _mode(
    id: str,  # noqa: A002 - the field's name
    build: _Build,
    reader: str,
    program: str = _GIT_SAYS_NO,
    reads: tuple[str, ...] = _ROOT,
) -> Mode:
    return Mode(id=id, serve=trees(build), reader=reader, program=program, reads=reads)


def _bombs() -> Iterator[Mode]:
    yield _mode("A1-tree-bomb", _tree_bomb, f"{_PARTIAL}|Retry", "visited partial|Malformed|Retry")
    yield _mode("A5-depth-5000", _deep(5_000), _PARTIAL, "Malformed|Retry|visited partial")
    # The program may get it whole at its second try, without the filter; then 64 folders are read.
    deep = f"Malformed|Retry|TooLarge|{_PARTIAL}"
    yield _mode("A6-depth-100000", _deep(100_000), "TooLarge", deep, ())
    yield _mode("A6-name-of-10-mb-150000-times", _long_name_often, _HEAVY, _HEAVY)
    yield _mode("A6-path-of-4000-290000-times", _long_path_often, _HEAVY, _HEAVY)
    yield _mode("A6-290000-files-64-folders-deep", _deep_files, _HEAVY, _HEAVY)
    yield _mode("A6-300000-entries", _entries(300_001), _HEAVY, _HEAVY, ())
    yield _mode("A6-30000-trees", _many_trees, _HEAVY, _HEAVY, ())
    yield _mode("A6-tree-of-itself-by-name", _missing_tree, _PARTIAL)
    yield Mode(
        id="A6-500-branches-of-20000-locks",
        serve=scripted(heads=lambda _: _branches(), fetch=_many_locks),
        reader=_HEAVY,
        program=_HEAVY,
        refs=Refs.BRANCHES,
    )


def _tree_bomb(tree: Tree) -> str:
    below = tree.objects.tree(tree.honest)
    for _ in range(10):
        below = tree.objects.tree(*(("40000", b"%d" % n, below) for n in range(10)))
    return tree.tip(("40000", b"bomb", below))


def _deep(depth: int) -> _Build:
    def build(tree: Tree) -> str:
        below = tree.objects.tree(tree.honest)
        for _ in range(depth):
            below = tree.objects.tree(("40000", b"d", below))
        return tree.tip(("40000", b"d", below))

    return build


def _long_name_often(tree: Tree) -> str:
    """Every look at the inner tree would join ten megabytes to its path."""
    inner = tree.objects.tree(("40000", b"n" * 10_000_000, SOME_OID))
    folders = (("40000", b"f%06d" % n, inner) for n in range(150_000))
    return tree.tip(("40000", b"a", tree.objects.tree(*folders)))


def _long_path_often(tree: Tree) -> str:
    """Every place of the inner tree would be remembered with a path of four kilobytes."""
    inner = tree.objects.tree()
    many = tree.objects.tree(*(("40000", b"%06d" % n, inner) for n in range(290_000)))
    return tree.tip(("40000", b"p" * 4_000, many))


def _deep_files(tree: Tree) -> str:
    """Every file would be asked for with a path of four kilobytes."""
    below = tree.objects.tree(*(("100644", b"%06d" % n, SOME_OID) for n in range(290_000)))
    for _ in range(62):
        below = tree.objects.tree(("40000", b"p" * 60, below))
    return tree.tip(("40000", b"p" * 60, below))


def _entries(count: int) -> _Build:
    def build(tree: Tree) -> str:
        files = (("100644", b"a%06d" % n, SOME_OID) for n in range(count))
        return tree.tip(*files)

    return build


def _many_trees(tree: Tree) -> str:
    folders = [
        ("40000", b"%05d" % n, tree.objects.tree(("100644", b"%05d" % n, SOME_OID)))
        for n in range(30_000)
    ]
    return tree.tip(*folders)


def _missing_tree(tree: Tree) -> str:
    return tree.tip(("40000", b"not-sent", SOME_OID))


def _locks() -> tuple[str, Tree]:
    tree = Tree()
    return tree.tip(*(("100644", b"%05d.uv.lock" % n, tree.honest[2]) for n in range(19_000))), tree


def _many_locks(body: bytes) -> Say:
    _, tree = _locks()
    return packfile(pack(tree.objects.entries if b"filter" in body else tree.blobs))


def _branches() -> Say:
    tip, _ = _locks()
    lines = [line(f"{tip} HEAD symref-target:refs/heads/b0\n".encode())]
    lines += [line(f"{tip} refs/heads/b{n}\n".encode()) for n in range(490)]
    return Say(body=[*lines, b"0000"])


_NAMES = {
    "dot-git": b".git",
    "dot-git-upper": b".GIT",
    "dot-dot": b"..",
    "dot": b".",
    "traversal": b"../../evil",
    "absolute": b"/etc/cron.d",
    "ntfs-short": b"git~1",
    "ntfs-stream": b".git::$INDEX_ALLOCATION",
    "hfs-ignorable": ".g\u200cit".encode(),
    "escape-and-lf": b"\x1b]52;c;\n",
    "carriage-return": b"a\r",
    "not-utf-8": b"\xff\xfe",
    "4096-bytes": b"x" * 4_096,
    "empty": b"",
    "reserved-con": b"CON",
    "trailing-dot": b"a.",
    "right-to-left": "\u202egpj".encode(),
    "backslash": b"a\\..\\b",
    "option": b"--upload-pack=id",
    "shell": b"$(touch marker)",
}
_NEVER_FOLDERS = {"dot-git", "dot-git-upper", "dot-dot", "dot", "traversal", "absolute", "empty"}
_CUT = {*_NEVER_FOLDERS, "4096-bytes"}


def _names() -> Iterator[Mode]:
    for label, name in _NAMES.items():
        verdict = _PARTIAL if label in _CUT else _WHOLE
        yield _mode(f"A7-folder-{label}", _folder(name), verdict)
    twins = {
        "duplicate": (b"d", b"d"),
        "unsorted": (b"z", b"a"),
        "case-twins": (b"LIB", b"lib"),
        "nfc-nfd-twins": ("caf\u00e9".encode(), "cafe\u0301".encode()),
    }
    for label, (first, second) in twins.items():
        yield _mode(f"A7-{label}", _two_folders(first, second), _WHOLE)


def _folder(name: bytes) -> _Build:
    return lambda tree: tree.tip(("40000", name, tree.objects.tree(tree.honest)))


def _two_folders(first: bytes, second: bytes) -> _Build:
    def build(tree: Tree) -> str:
        one = tree.objects.tree(tree.honest)
        two = tree.objects.tree(("100644", b"uv.lock", tree.blob(b"another lock")))
        return tree.tip(("40000", first, one), ("40000", second, two))

    return build


def _modes() -> Iterator[Mode]:
    modes = {
        "100666": _WHOLE,
        "0100644": _WHOLE,
        "000000": _PARTIAL,
        "777777": _PARTIAL,
        "160000": _PARTIAL,
        "9999999999": _PARTIAL,
    }
    for written, verdict in modes.items():
        yield _mode(f"A8-mode-{written}", _lock_of_mode(written), verdict, reads=())
    for label, target in {
        "passwd": b"/etc/passwd",
        "environ": b"../../../proc/self/environ",
        "lock": b"../uv.lock",
        "itself": b"a.uv.lock",
        "50000-parts": b"a/../" * 10_000 + b"uv.lock",
    }.items():
        yield _mode(f"A8-symlink-to-{label}", _symlink(target), _PARTIAL)
    yield _mode("A8-symlink-folder", _symlink_folder, _PARTIAL)
    yield _mode("A8-symlink-within", _symlink(b"uv.lock"), _WHOLE)
    yield _mode("A8-40000-symlinks-of-500-parts", _symlinks, _PARTIAL)
    yield _mode("A8-folder-called-uv.lock", _folder(b"uv.lock"), _WHOLE)
    yield _mode("A8-blob-as-folder", _blob_as_folder, _PARTIAL)
    yield _mode("A8-tree-as-file", _tree_as_file, _PARTIAL)


def _lock_of_mode(mode: str) -> _Build:
    return lambda tree: tree.objects.commit(
        tree.objects.tree((mode, b"a.uv.lock", tree.honest[2]), tree.honest)
    )


def _symlink(target: bytes) -> _Build:
    return lambda tree: tree.tip(("120000", b"a.uv.lock", tree.blob(target)))


def _symlinks(tree: Tree) -> str:
    target = tree.blob(b"folder/../" * 250 + b"uv.lock")
    links = [("120000", b"%05d.uv.lock" % number, target) for number in range(40_000)]
    return tree.tip(*links, ("40000", b"folder", tree.objects.tree(tree.honest)))


def _symlink_folder(tree: Tree) -> str:
    return tree.tip(("120000", b"folder", tree.blob(b"/etc")))


def _blob_as_folder(tree: Tree) -> str:
    return tree.tip(("40000", b"folder", tree.honest[2]))


def _tree_as_file(tree: Tree) -> str:
    return tree.tip(("100644", b"a.uv.lock", tree.objects.tree(tree.honest)))
