"""Group D: JSON, deep, huge, with keys written twice, in the wrong encoding, cut off anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.hostile.good import GOOD
from tests.hostile.inputs import MIB, Hostile, instead, of_each, one

__all__ = ["json_files"]

_ALL = ("package-lock.json", "Pipfile.lock")
_MORE = {
    "composer.lock": b'{"packages": [%s]}',
    "packages.lock.json": b'{"version": 1, "dependencies": %s}',
    "deno.lock": b'{"version": "5", "npm": %s}',
    "bun.lock": b'{"lockfileVersion": 1, "packages": %s}',
    "Package.resolved": b'{"version": 3, "pins": [%s]}',
    "MODULE.bazel.lock": b'{"lockFileVersion": 11, "registryFileHashes": %s}',
    "pex.lock": b'{"pex_version": "2", "locked_resolves": [%s]}',
}
_NPM = "package-lock.json"
_EVIL = b"https://files.index.example/evil.tgz"


def json_files() -> Iterator[Hostile]:
    """Yield every input of the group."""
    yield from _deep()
    yield from _twice()
    yield from _scalars()
    yield from _encodings()
    yield from _large()
    yield from _dialect()
    for path in _ALL:
        for part in range(1, 12):
            yield one(
                f"D-cut-at-{part}-of-12",
                path,
                partial(lambda p, n: _cut(GOOD[p], n), path, part),
                broken=True,
            )


def _cut(good: bytes, part: int) -> bytes:
    return good[: len(good) * part // 12]


def _member(good: bytes, member: bytes) -> bytes:
    """Return the document with one more member at its beginning."""
    return good.replace(b"{", b"{" + member + b",", 1)


def _deep() -> Iterator[Hostile]:
    for count in (1_100, 1_000_000):
        for opener, closer in ((b"[", b"]"), (b'{"a":', b"}")):
            value = "arrays" if opener == b"[" else "objects"
            yield from of_each(
                f"D-{value}-{count}", _ALL,
                partial(lambda o, c, n, good: _member(good, b'"zz":' + o * n + b"1" + c * n), opener, closer, count),
                broken=True,
            )  # fmt: skip
            for path, around in _MORE.items():
                yield one(
                    f"D-{value}-{count}", path,
                    partial(lambda a, o, c, n: a % (o * n + b"1" + c * n), around, opener, closer, count),
                    broken=True,
                )  # fmt: skip
    yield from of_each("D-unclosed-10000000", _ALL, lambda _: b"[" * 10_000_000, broken=True)
    yield one("D-unclosed-objects", _NPM, lambda: b'{"packages":' * 500_000, broken=True)
    yield one(
        "D-deep-under-packages",
        _NPM,
        lambda: (
            b'{"lockfileVersion":1,"dependencies":'
            + b'{"a":{"version":"1","dependencies":' * 5_000
            + b"{}"
            + b"}}" * 5_000
            + b"}"
        ),
        broken=True,
    )


def _twice() -> Iterator[Hostile]:
    """Yield keys that are written twice: npm takes the last of them, so the lock is whole."""
    entry = b'"node_modules/zz": {"version": "1.0.0", "resolved": "%s"}'
    for name, first, second in (
        ("ghost-second", b"https://a.example/a.tgz", _EVIL),
        ("ghost-first", _EVIL, b"https://a.example/a.tgz"),
    ):
        yield one(
            f"D-dup-{name}", _NPM,
            partial(lambda f, s: b'{"lockfileVersion":3,"packages":{' + entry % f + b"," + entry % s + b"}}", first, second),
        )  # fmt: skip
    yield one(
        "D-dup-packages",
        _NPM,
        lambda: b'{"lockfileVersion":3,"packages":{' + entry % _EVIL + b'},"packages":{}}',
    )
    yield one(
        "D-dup-200000",
        _NPM,
        lambda: b'{"lockfileVersion":3,"packages":{' + b'"a":{},' * 200_000 + b'"b":{}}}',
    )
    yield one(
        "D-dup-nested",
        _NPM,
        lambda: (
            b'{"lockfileVersion":3,"packages":{"a":'
            + b'{"a":1,"a":' * 150
            + b"1"
            + b"}" * 150
            + b"}}"
        ),
    )
    yield one(
        "D-dup-squared",
        _NPM,
        lambda: (
            b'{"lockfileVersion":3,"packages":{"a":{'
            + b'"x":{' * 20
            + b",".join([b'"y":[%s]' % b",".join([b'{"z":1,"z":2}'] * 300)] * 300)
            + b"}" * 20
            + b"}}}"
        ),
    )
    yield from of_each("D-proto", _ALL, lambda good: _member(good, b'"__proto__":{"x":1}'))


def _scalars() -> Iterator[Hostile]:
    for name, value in (
        ("nan", b"NaN"), ("infinity", b"-Infinity"), ("1e999999", b"1e999999"),
        ("int-1000000", b"9" * 1_000_000), ("lone-surrogate", b'"\\ud800"'),
        ("raw-control", b'"\x01"'), ("leading-zero", b"01"), ("single-quotes", b"'a'"),
    ):  # fmt: skip
        yield from of_each(
            f"D-{name}", _ALL, partial(lambda value, good: _member(good, b'"zz":' + value), value),
            broken=name in {"int-1000000", "raw-control", "leading-zero", "single-quotes"},
        )  # fmt: skip
    for value in (b"3", b"true", b"[]", b'"x"', b"null", b"[[]]", b"1.5"):
        shown = value.decode()
        yield one(
            f"D-packages-is-{shown}",
            _NPM,
            partial(lambda v: b'{"lockfileVersion":3,"packages":%s}' % v, value),
        )
        yield one(
            f"D-entry-is-{shown}",
            _NPM,
            partial(lambda v: b'{"lockfileVersion":3,"packages":{"node_modules/a":%s}}' % v, value),
        )
        yield one(
            f"D-resolved-is-{shown}",
            _NPM,
            partial(lambda v: instead(rb'"https://registry[^"]+"', lambda: v)(GOOD[_NPM]), value),
        )
        yield one(
            f"D-hashes-is-{shown}",
            "Pipfile.lock",
            partial(
                lambda v: instead(rb'\[\s+"sha256:[^\]]+\]', lambda: v)(GOOD["Pipfile.lock"]), value
            ),
        )
        yield one(f"D-document-is-{shown}", _NPM, partial(lambda v: v, value), broken=True)


def _encodings() -> Iterator[Hostile]:
    yield from of_each("D-bom", _ALL, lambda good: b"\xef\xbb\xbf" + good)
    yield from of_each("D-utf-16", _ALL, lambda good: good.decode().encode("utf-16"), broken=True)
    yield from of_each(
        "D-utf-32", _ALL, lambda good: good.decode().encode("utf-32-le"), broken=True
    )
    for path in _ALL:  # npm puts another character for such bytes
        yield from of_each(
            "D-invalid-utf-8",
            (path,),
            lambda good: _member(good, b'"zz":"\xff\xc0\x80"'),
            broken=path != _NPM,
        )
    yield from of_each(
        "D-json-lines", _ALL, lambda good: good.replace(b"\n", b"") + b"\n{bad\n{}\n", broken=True
    )
    yield from of_each("D-empty", _ALL, lambda _: b"", broken=True)
    yield from of_each(
        "D-trailing-comma", _ALL, lambda good: good.rstrip()[:-1] + b",}", broken=True
    )


def _large() -> Iterator[Hostile]:
    yield from of_each(
        "D-16000000-lists", _ALL, lambda _: b"[" + b"[]," * 16_000_000 + b"[]]", broken=True
    )
    yield from of_each(
        "D-19-mib-of-lists",
        _ALL,
        lambda _: b'{"packages":[' + b"[]," * 6_500_000 + b"[]]}",
        broken=True,
    )
    yield one(
        "D-650000-lists",
        _NPM,
        lambda: b'{"lockfileVersion":3,"packages":[' + b"[]," * 650_000 + b"[]]}",
    )
    yield one(
        "D-19-mib-of-packages",
        _NPM,
        lambda: (
            b'{"lockfileVersion":3,"packages":{'
            + b",".join(
                b'"node_modules/a%d":{"version":"1.0.0","resolved":"https://a.example/a%d.tgz"}'
                % (n, n)
                for n in range(230_000)
            )
            + b"}}"
        ),
    )
    yield from of_each(
        "D-1000000-keys",
        _ALL,
        lambda good: _member(
            good, b'"zz":{' + b",".join(b'"%d":0' % n for n in range(999_900)) + b"}"
        ),
    )
    yield from of_each(
        "D-string-19-mib", _ALL, lambda good: _member(good, b'"zz":"' + b"x" * 19 * MIB + b'"')
    )
    yield from of_each(
        "D-escapes-19-mib",
        _ALL,
        lambda good: _member(good, b'"zz":"' + b"\\u0041" * (3 * MIB) + b'"'),
    )
    yield from of_each(
        "D-backslashes-10-mib",
        _ALL,
        lambda good: _member(good, b'"zz":"' + b"\\" * 10 * MIB + b'"'),
    )
    yield from of_each(
        "D-20-mib-and-1", _ALL, lambda good: good + b" " * (20 * MIB + 1 - len(good)), broken=True
    )


def _dialect() -> Iterator[Hostile]:
    yield one("D-slashes-10-mib", "bun.lock", lambda: b"{" + b"/*" * 5 * MIB, broken=True)
    yield one("D-commas-2-mib", "bun.lock", lambda: b"[" + b", " * MIB + b"]", broken=True)
    yield one(
        "D-comma-and-blanks", "bun.lock", lambda: b"{" + (b"," + b" " * 1_000) * 10_000, broken=True
    )
    yield one("D-comma-newlines", "bun.lock", lambda: b"{" + b",\n" * 2_000_000, broken=True)
    yield one(
        "D-comma-comments", "bun.lock", lambda: b'{"a":[1' + b",/**/" * 500_000 + b"x", broken=True
    )
