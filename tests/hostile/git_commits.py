"""Groups A3, A9 to A13 and A21: files and commits that mean harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crawler.git.objects import ObjectType
from tests.hostile.git_modes import SOME_OID, Mode, Tree, trees
from tests.servers.packs import tree_data

__all__ = ["commit_modes"]

_WHOLE, _PARTIAL = "visited whole", "visited partial"
_ROOT = ("uv.lock",)
_GIT_SAYS_NO = "Malformed|visited partial|visited whole"
_Build = Callable[[Tree], str]


def commit_modes() -> Iterator[Mode]:
    """Yield all modes of this file."""
    yield from _files()
    yield from _commits()


def _mode(
    id: str,  # noqa: A002 - the field's name
    build: _Build,
    reader: str,
    program: str = _GIT_SAYS_NO,
    reads: tuple[str, ...] = _ROOT,
) -> Mode:
    return Mode(id=id, serve=trees(build), reader=reader, program=program, reads=reads)


_FILES = {
    "A9-submodule-ext": (b".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c id\n'),
    "A9-submodule-option": (b".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = -oProxyCommand=id\n'),
    "A9-submodule-cr": (b".gitmodules", b'[submodule "x"]\n\tpath = "a\r"\n\turl = https://a.example/\n'),
    "A9-submodule-file": (b".gitmodules", b'[submodule "x"]\n\tpath = x\n\turl = file:///etc\n'),
    "A10-filter": (b".gitattributes", b"* filter=evil diff=evil merge=evil ident eol=crlf\n"),
    "A10-encoding": (b".gitattributes", b"* working-tree-encoding=UTF-16 export-subst\n"),
    "A10-line-of-2-mb": (b".gitattributes", b"* " + b"a" * 2_000_000 + b"\n"),
    "A13-alternates": (b"alternates", b"/\n"),
}  # fmt: skip


def _files() -> Iterator[Mode]:
    for label, (name, content) in _FILES.items():
        yield _mode(label, _file(name, content), _WHOLE)
    pointer = b"version https://git-lfs.example/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    yield _mode("A11-lfs-pointer", _file(b"a.uv.lock", pointer), _WHOLE)
    yield _mode("A12-buried-bare-repository", _buried, _WHOLE)
    yield _mode(
        "A3-lock-that-is-never-sent", _file(b"a.uv.lock", None), _PARTIAL, "Retry|visited partial"
    )


def _file(name: bytes, content: bytes | None) -> _Build:
    def build(tree: Tree) -> str:
        oid = SOME_OID if content is None else tree.blob(content)
        folder, _, last = name.rpartition(b"/")
        if folder:
            return tree.tip(("40000", folder, tree.objects.tree(("100644", last, oid))))
        return tree.tip(("100644", name, oid))

    return build


def _buried(tree: Tree) -> str:
    config = tree.blob(b"[core]\n\tbare = true\n\tfsmonitor = touch marker\n")
    empty = tree.objects.tree()
    bare = tree.objects.tree(
        ("100644", b"HEAD", tree.blob(b"ref: refs/heads/main\n")),
        ("100644", b"config", config),
        ("40000", b"objects", empty),
        ("40000", b"refs", empty),
    )
    return tree.tip(("40000", b"buried", bare))


_COMMITTER = b"committer N <n@git.example> 0 +0000\n\nwork\n"
_HEADERS = {
    "date-2-to-63": b"author N <n@git.example> 9223372036854775808 +0000\n",
    "date-before-1970": b"author N <n@git.example> -1 +9999\n",
    "nul-in-author": b"author N\0 <n@git.example> 0 +0000\n",
    "escape-in-author": b"author \x1b]52;c;AAAA\x07 <n@git.example> 0 +0000\n",
    "no-author": b"",
    "100000-parents": b"parent " + b"cd" * 20 + b"\n",
    "10-mb-message": b"author N <n@git.example> 0 +0000\n\n" + b"m" * 10_000_000,
    "two-trees": b"tree " + b"cd" * 20 + b"\n",
}


def _commits() -> Iterator[Mode]:
    for label, lines in _HEADERS.items():
        many = 100_000 if "parents" in label else 1
        yield _mode(f"A21-{label}", _commit_with(lines * many), _WHOLE, "*")
    yield _mode("A21-commit-is-a-tree", lambda t: t.objects.tree(t.honest), _PARTIAL, "*", ())
    yield _mode(
        "A21-commit-is-a-blob", lambda t: t.objects.add(ObjectType.BLOB, b"x"), _PARTIAL, "*", ()
    )
    yield _mode("A21-commit-is-a-tag", _tag, _PARTIAL, "*", ())
    yield _mode(
        "A21-commit-without-tree",
        lambda t: t.objects.add(ObjectType.COMMIT, b"x"),
        _PARTIAL,
        "*",
        (),
    )
    yield _mode("A21-commit-of-itself", _of_itself, _PARTIAL, "*", ())
    yield _mode("A21-cut-tree", _cut, _PARTIAL)


def _commit_with(lines: bytes) -> _Build:
    def build(tree: Tree) -> str:
        root = tree.objects.tree(tree.honest)
        tail = lines if b"\n\n" in lines else lines + _COMMITTER
        return tree.objects.add(ObjectType.COMMIT, b"tree " + root.encode() + b"\n" + tail)

    return build


def _tag(tree: Tree) -> str:
    return tree.objects.add(
        ObjectType.TAG, b"object " + tree.tip().encode() + b"\ntype commit\ntag v\n\n"
    )


def _of_itself(tree: Tree) -> str:
    return tree.objects.commit(tree.objects.commit(SOME_OID))


def _cut(tree: Tree) -> str:
    data = tree_data([tree.honest, ("100644", b"z", SOME_OID)])[:-5]
    return tree.objects.commit(tree.objects.add(ObjectType.TREE, data))
