"""Group C: TOML made to keep a parser busy, to overflow it, or to make two readers disagree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.hostile.good import GOOD, uv_lock
from tests.hostile.inputs import MIB, Hostile, after, instead, of_each, one

__all__ = ["toml_files"]

_ALL = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Cargo.lock")
_TWO = ("uv.lock", "poetry.lock")
_UV = "uv.lock"
_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 99\n"
_WRONG = ("3", "true", "1.5", "[]", "{}", "[[]]", "[{}]", "-1", '""', '"\\u0000"', "2026-01-01")


def toml_files() -> Iterator[Hostile]:
    """Yield every input of the group."""
    yield from _deep()
    yield from _numbers()
    yield from _twice()
    yield from _encodings()
    yield from _large()
    yield from _types()
    yield from _versions()


def _deep() -> Iterator[Hostile]:
    for count in (1_000, 100_000):
        yield from of_each(
            f"C-nested-arrays-{count}", _ALL,
            after(partial(lambda count: b"\n[zz]\nx = " + b"[" * count + b"]" * count, count)),
            broken=True,
        )  # fmt: skip
    yield from of_each(
        "C-inline-tables-100000", _ALL,
        after(lambda: b"\n[zz]\nx = " + b"{a = " * 100_000 + b"1" + b"}" * 100_000), broken=True,
    )  # fmt: skip
    yield from of_each(
        "C-dotted-key-20000", _ALL, after(lambda: b"\n[zz]\na" + b".a" * 20_000 + b" = 1\n"),
        broken=True,
    )  # fmt: skip
    yield from of_each(
        "C-header-20000", _ALL, after(lambda: b"\n[" + b"a." * 20_000 + b"a]\n"), broken=True
    )
    yield from of_each(
        "C-2000-lines-of-500-dots", _ALL,
        after(lambda: b"".join(b"k%d" % n + b".a" * 500 + b" = 1\n" for n in range(2_000))),
        broken=True,
    )  # fmt: skip
    yield from of_each(
        "C-30000-lines-of-60-dots", _TWO,
        after(lambda: b"".join(b"k%d" % n + b".a" * 60 + b" = 1\n" for n in range(30_000))),
        broken=True,
    )  # fmt: skip
    yield from of_each(
        "C-unclosed-100000", _ALL, after(lambda: b"\nx = " + b"[" * 100_000), broken=True
    )


def _numbers() -> Iterator[Hostile]:
    for name, digits in (
        ("int-5000", b"9" * 5_000),
        ("int-1000000", b"9" * 1_000_000),
        ("hex-1000000", b"0x" + b"f" * 1_000_000),
        ("underscores", b"1" + b"_1" * 500_000),
        ("float-1000000", b"1e" + b"9" * 1_000_000),
    ):
        yield from of_each(
            f"C-{name}",
            _TWO,
            after(partial(lambda digits: b"\n[zz]\nx = " + digits, digits)),
            broken=True,
        )
    yield one(
        "C-size-of-1000000-digits",
        _UV,
        lambda: uv_lock(digest='"x", size = ' + "9" * 1_000_000),
        broken=True,
    )


def _twice() -> Iterator[Hostile]:
    for name, tail in (
        ("dup-key", b"\n[zz]\na = 1\na = 2\n"),
        ("dup-table", b"\n[zz]\n[zz]\n"),
        ("array-after-table", b"\n[zz]\n[[zz]]\n"),
        ("conflict-markers", b"\n<<<<<<< HEAD\n[a]\n=======\n[b]\n>>>>>>> other\n"),
        ("trailing-garbage", b"\n\x07 garbage }{\n"),
        ("lone-cr", b"\n[zz]\ra = 1\n"),
    ):
        yield from of_each(f"C-{name}", _TWO, after(partial(lambda tail: tail, tail)), broken=True)
    marks = b"<<<<<<< a\n=======\n>>>>>>> b\n"
    yield from of_each("C-100000-conflicts", _TWO, lambda good: marks * 100_000 + good, broken=True)


def _encodings() -> Iterator[Hostile]:
    yield from of_each("C-bom", _ALL, lambda good: b"\xef\xbb\xbf" + good)
    yield from of_each("C-crlf", _ALL, lambda good: good.replace(b"\n", b"\r\n"))
    yield from of_each("C-utf-16", _ALL, lambda good: good.decode().encode("utf-16"), broken=True)
    yield from of_each("C-latin-1", _ALL, after(lambda: b"\n# caf\xe9\n"), broken=True)
    yield from of_each("C-nul-byte", _TWO, after(lambda: b"\n# \x00\n"), broken=True)
    yield one("C-nul-escape", _UV, lambda: uv_lock(name='"zz\\u0000ghost"'))
    yield one("C-surrogate-escape", _UV, lambda: uv_lock(name='"\\ud800"'), broken=True)
    yield from of_each("C-empty", _ALL, lambda _: b"", broken=True)
    yield from of_each("C-lfs-pointer", _ALL, lambda _: _POINTER, broken=True)
    yield from of_each("C-html", _TWO, lambda _: b"<!doctype html><title>404</title>", broken=True)


def _large() -> Iterator[Hostile]:
    yield from of_each("C-comment-10-mib", _TWO, after(lambda: b"\n# " + b"x" * 10 * MIB + b"\n"))
    yield from of_each("C-whitespace-10-mib", _TWO, after(lambda: b"\n" + b" " * 10 * MIB + b"\n"))
    yield from of_each("C-blank-lines-10-mib", _TWO, after(lambda: b"\n" * 10 * MIB))
    yield from of_each(
        "C-unterminated-10-mib",
        _TWO,
        after(lambda: b'\n[zz]\na = "' + b"x" * 10 * MIB),
        broken=True,
    )
    yield from of_each(
        "C-quotes-10-mib", _TWO, after(lambda: b"\n[zz]\na = " + b"'" * 10 * MIB), broken=True
    )
    yield from of_each(
        "C-backslashes-10-mib",
        _TWO,
        after(lambda: b'\n[zz]\na = "' + b"\\" * 10 * MIB),
        broken=True,
    )
    for name, size in (("20-mib", 20 * MIB), ("20-mib-and-1", 20 * MIB + 1), ("50-mb", 50_000_000)):
        yield from of_each(
            f"C-{name}", _TWO,
            partial(lambda size, good: good + b"#" * (size - len(good)), size), broken=size > 20 * MIB,
        )  # fmt: skip
    yield from of_each(
        "C-100000-packages", ("poetry.lock", "Cargo.lock"), lambda good: _packages(good, 100_000, 2)
    )
    yield one("C-100000-packages", _UV, lambda: _packages(GOOD[_UV], 100_000, 3))
    yield one("C-19-mib-of-packages", _UV, lambda: _packages(GOOD[_UV], 18 * MIB // 333))
    yield one(
        "C-19-mib-of-broken-packages",
        _UV,
        lambda: _packages(GOOD[_UV], 18 * MIB // 333) + b"}",
        broken=True,
    )
    yield one(
        "C-100000-wheels",
        _UV,
        lambda: uv_lock(digest='"sha256:00" }, ' + '{ url = "a" }, ' * 100_000 + '{ url = "b"'),
    )
    yield one("C-400000-inline-tables", _UV, lambda: b"package = [" + b"{}," * 400_000 + b"]")
    yield one("C-340000-inline-tables-here", _UV, lambda: b"package = [" + b"{}," * 340_000 + b"]")


def _packages(good: bytes, count: int, lines: int = 99) -> bytes:
    """Return the lock with (`lines` lines of) its package repeated; each has a name of its own."""
    start = good.index(b"[[package]]")
    end = good.find(b"\n[metadata]")
    end = len(good) if end < 0 else end
    header, *body = good[start:end].rstrip().split(b"\n")
    package = b"\n".join([header, *body[:lines]]) + b"\n\n"
    name = package.index(b"zz-ghost")
    head, tail = package[:name], package[name:]
    return good[:start] + b"".join(head + b"a%d-" % n + tail for n in range(count)) + good[end:]


def _types() -> Iterator[Hostile]:
    for field in ("name", "version", "source", "url", "digest"):
        for wrong in _WRONG:
            yield one(
                f"C-{field}-is-{wrong}", _UV, partial(lambda f, w: uv_lock(**{f: w}), field, wrong)
            )
    for root in (
        "package = 3",
        "package = {}",
        'package = "x"',
        "[package]",
        "package = [3, [], {}]",
    ):
        yield one(
            f"C-{root}",
            _UV,
            partial(lambda root: f"version = 1\n{root}\n".encode(), root),
            broken=True,
        )
    for size in ("-1", str(2**70), "true", "1e999"):
        yield one(
            f"C-size-{size}",
            _UV,
            partial(lambda s: uv_lock(digest=f'"sha256:00", size = {s}'), size),
        )


def _versions() -> Iterator[Hostile]:
    for new in (b"", b"version = 999", b'version = "1"', b"version = -1", b"version = []"):
        yield one(
            f"C-version-{new.decode()}", _UV,
            partial(lambda new: instead(rb"version = 1", lambda: new)(GOOD[_UV]), new), broken=True,
        )  # fmt: skip
    for revision in range(4):
        yield one(
            f"C-revision-{revision}", _UV,
            partial(lambda n: instead(rb"revision = 3", lambda: b"revision = %d" % n)(GOOD[_UV]), revision),
        )  # fmt: skip
    yield one(
        "C-old-and-new-schema",
        _UV,
        lambda: (
            GOOD[_UV] + GOOD[_UV].split(b"\n", 3)[3].replace(b"[[package]]", b"[[distribution]]")
        ),
    )
    yield one("C-unknown-keys", _UV, lambda: b"zz = 1\n" + GOOD[_UV] + b'zz = { "\\u001b" = 1 }\n')
