"""Group E: YAML that grows when it is read, kills libyaml's composer, or changes what it says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.hostile.good import GOOD
from tests.hostile.inputs import MIB, Hostile, after, instead, of_each, one

__all__ = ["yaml_files"]

_ALL = ("pnpm-lock.yaml", "conda-lock.yml", "pixi.lock", "pubspec.lock", "Podfile.lock")
_TWO = ("pnpm-lock.yaml", "conda-lock.yml")
_PNPM = "pnpm-lock.yaml"


def yaml_files() -> Iterator[Hostile]:
    """Yield every input of the group."""
    yield from _bombs()
    yield from _deep()
    yield from _meanings()
    yield from _encodings()
    yield from _large()
    yield from _many()
    for part in range(1, 12):
        yield one(
            f"E-cut-at-{part}-of-12",
            _PNPM,
            partial(lambda n: GOOD[_PNPM][: len(GOOD[_PNPM]) * n // 12], part),
        )


def _bombs() -> Iterator[Hostile]:
    laughs = b"\na0: &a0 [x, x, x, x, x, x, x, x, x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 10)
    )
    doubling = b"\na0: &a0 {k: 1}\n" + b"".join(
        b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 23)
    )
    keys = b", ".join(b"k%d: 1" % n for n in range(3_000))
    squared = b"\na: &a {" + keys + b"}\nb: {<<: [" + b", ".join([b"*a"] * 3_000) + b"]}\n"
    for name, tail in (
        ("billion-laughs", laughs), ("merge-doubling-22", doubling), ("merge-3000x3000", squared),
        ("self-reference", b"\na: &a [*a]\n"), ("merge-of-itself", b"\na: &a\n  <<: *a\n"),
        ("100000-anchors", b"\nzz:\n" + b"".join(b"- &a%d x\n" % n for n in range(100_000))),
        ("100000-aliases", b"\nzz: &z x\nyy: [" + b"*z, " * 100_000 + b"]\n"),
    ):  # fmt: skip
        yield from of_each(f"E-{name}", _ALL, after(partial(lambda tail: tail, tail)), broken=True)


def _deep() -> Iterator[Hostile]:
    for name, tail in (
        ("brackets-100000", b"\nzz: " + b"[" * 100_000),
        ("braces-100000", b"\nzz: " + b"{a: " * 100_000),
        ("questions-200000", b"\n" + b"? " * 200_000),
        ("dashes-100000", b"\nzz:\n" + b"- " * 100_000),
        ("closed-brackets-100000", b"\nzz: " + b"[" * 100_000 + b"]" * 100_000),
        ("indents-3000", b"\n" + b"".join(b" " * n + b"a:\n" for n in range(3_000))),
    ):
        yield from of_each(f"E-{name}", _ALL, after(partial(lambda tail: tail, tail)), broken=True)


def _meanings() -> Iterator[Hostile]:
    for name, value in (
        ("python-object", b'!!python/object/apply:os.system ["true"]'),
        ("python-name", b"!!python/name:os.system"), ("custom-tag", b"!zz x"),
        ("binary", b"!!binary AAAA"), ("set", b"!!set {a, b}"),
    ):  # fmt: skip
        yield from of_each(
            f"E-{name}", _TWO, after(partial(lambda v: b"\nzz: " + v + b"\n", value)), broken=True
        )
    for name, value in (
        ("sexagesimal", b"190:20:30"), ("bad-timestamp", b"2026-99-99T99:99:99Z"), ("norway", b"no"),
        ("3.10", b"3.10"), ("octal", b"0o17"), ("inf", b".inf"), ("null", b"~"), ("list", b"[]"),
        ("map", b"{}"), ("block", b"|\n      1.0\n"), ("empty", b""), ("quoted-nul", b'"\\0"'),
    ):  # fmt: skip
        yield one(
            f"E-version-{name}",
            "conda-lock.yml",
            partial(lambda v: instead(rb"'1\.0'", lambda: v)(GOOD["conda-lock.yml"]), value),
        )
    yield from of_each("E-dup-keys", _ALL, lambda good: good + b"\nzz: 1\nzz: 2\n")
    yield from of_each("E-dup-document", _ALL, lambda good: good + good)
    yield from of_each("E-dup-20000", _TWO, after(lambda: b"\n" + b"zz: {a: 1}\n" * 20_000))
    yield from of_each(
        "E-dup-scalars-20000",
        _TWO,
        after(lambda: b"\n" + b"".join(b"zz: %d\n" % n for n in range(20_000))),
    )
    yield from of_each("E-two-documents", _TWO, lambda good: good + b"\n---\n" + good)
    yield from of_each(
        "E-100000-documents", _TWO, after(lambda: b"\n---\na: 1\n" * 100_000), broken=True
    )
    yield from of_each("E-key-is-a-list", _TWO, after(lambda: b"\n? [a, b]\n: 1\n"), broken=True)
    yield from of_each("E-directive", _TWO, lambda good: b"%YAML 1.1\n---\n" + good)


def _encodings() -> Iterator[Hostile]:
    yield from of_each("E-bom", _ALL, lambda good: b"\xef\xbb\xbf" + good)
    yield from of_each("E-utf-16", _ALL, lambda good: good.decode().encode("utf-16"), broken=True)
    latin = after(lambda: b"\n# caf\xe9\n")
    yield from of_each("E-latin-1", _ALL[:1], latin)  # pnpm puts another character for it
    yield from of_each("E-latin-1", _ALL[1:], latin, broken=True)
    yield from of_each("E-nul", _ALL, after(lambda: b"\nzz: \x00\n"), broken=True)
    yield from of_each("E-escape-byte", _TWO, after(lambda: b"\nzz: \x1b[2J\n"), broken=True)
    yield from of_each("E-tabs", _TWO, after(lambda: b"\nzz:\n\ta: 1\n"), broken=True)
    yield from of_each("E-odd-line-ends", _TWO, after("\nzz: a\u2028  b\u0085yy: c\n".encode))
    yield from of_each("E-empty", _ALL, lambda _: b"", broken=True)


def _large() -> Iterator[Hostile]:
    yield from of_each("E-scalar-19-mib", _TWO, after(lambda: b"\nzz: " + b"x" * 19 * MIB + b"\n"))
    yield from of_each(
        "E-quoted-19-mib", _TWO, after(lambda: b'\nzz: "' + b"x" * 19 * MIB + b'"\n')
    )
    yield from of_each(
        "E-unclosed-quote-19-mib", _TWO, after(lambda: b'\nzz: "' + b"x " * 9 * MIB), broken=True
    )
    yield from of_each("E-folded-lines", _TWO, after(lambda: b"\nzz: >\n" + b"  x\n" * 2_000_000))
    yield from of_each("E-plain-lines", _TWO, after(lambda: b"\nzz:\n" + b"  x\n" * 2_000_000))


def _many() -> Iterator[Hostile]:
    yield from of_each(
        "E-4000000-scalars",
        _TWO,
        after(lambda: b"\nzz: [" + b"a, " * 4_000_000 + b"]\n"),
        broken=True,
    )
    yield from of_each(
        "E-1900000-scalars", _TWO, after(lambda: b"\nzz: [" + b"a, " * 1_900_000 + b"]\n")
    )
    yield from of_each(
        "E-5000000-lists",
        _TWO,
        after(lambda: b"\nzz: [" + b"[], " * 5_000_000 + b"]\n"),
        broken=True,
    )
    yield from of_each(
        "E-20-mib-and-1", _TWO, lambda good: good + b"#" * (20 * MIB + 1 - len(good)), broken=True
    )
    yield one(
        "E-19-mib-of-packages",
        _PNPM,
        lambda: (
            b"lockfileVersion: '9.0'\npackages:\n"
            + b"".join(
                b"  a%d@1.0.0:\n    resolution: {integrity: sha512-%s}\n" % (n, b"q" * 86 + b"==")
                for n in range(140_000)
            )
        ),
    )
    yield one(
        "E-100000-broken-packages",
        _PNPM,
        lambda: (
            b"lockfileVersion: '9.0'\npackages:\n"
            + b"".join(
                b"  a%d@1.0.0:\n    resolution: {integrity: x}\n" % n for n in range(100_000)
            )
            + b"\t}"
        ),
        broken=True,
    )
    yield one(
        "E-long-key",
        _PNPM,
        lambda: (
            b"lockfileVersion: '9.0'\npackages:\n  "
            + b"a@" * 500_000
            + b"1.0.0:\n    resolution: {integrity: x}\n"
        ),
    )
