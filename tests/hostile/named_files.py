"""Group F: names, URLs and files that make a careless reader accuse the wrong one, or miss the right one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from crawler.model import path_of
from tests.hostile.good import BLAKE, FILE, GOOD, SHA, URL, uv_lock
from tests.hostile.inputs import Hostile, Make, one

__all__ = ["Trap", "traps"]

_UV = "uv.lock"
_OTHER = "12" * 32
_OTHER_URL = f"https://files.index.example{path_of(_OTHER, 'zz_other-1.0-py3-none-any.whl')}"
_LOOKALIKES = {
    "kelvin": "\u212aeras", "long-s": "zz-gho\u017ft-one", "fullwidth": "\uff5az-ghost-one",
    "cyrillic": "zz-gh\u043est-one", "zero-width": "zz-ghost\u200b-one",
    "right-to-left": "\u202ezz-ghost-one", "trailing-lf": "zz-ghost-one\n", "leading-dash": "-zz-ghost-one",
    "two-dots": "foo..bar", "10000-chars": "zz-ghost-one" * 834, "dot-dot": "../zz-ghost-one",
    "percent": "zz%2Dghost-one", "script": "<script>zz-ghost-one</script>", "mention": "@zz-ghost-one",
    "formula": "=cmd|'/c calc'!zz-ghost-one", "empty": "", "escape": "\x1b[2Jzz-ghost-one",
    "nul": "zz-ghost-one\x00", "osc-52": "\x1b]52;c;AAAA\x07zz-ghost-one", "backticks": "```zz-ghost-one",
}  # fmt: skip
_HOST, _PATH = "files.index.example", path_of(BLAKE, FILE)
_URLS = {
    "http": f"http://{_HOST}{_PATH}", "upper-host": f"https://FILES.INDEX.EXAMPLE{_PATH}",
    "port-443": f"https://{_HOST}:443{_PATH}", "port-0": f"https://{_HOST}:0{_PATH}",
    "port-99999": f"https://{_HOST}:99999{_PATH}", "port-word": f"https://{_HOST}:x{_PATH}",
    "userinfo": f"https://user:s3cret@{_HOST}{_PATH}", "token": f"https://{_HOST}{_PATH}?token=s3cret",
    "trailing-dot": f"https://{_HOST}.{_PATH}", "dot-dot": f"https://{_HOST}/x/..{_PATH}",
    "backslashes": f"https:\\\\{_HOST}{_PATH}".replace("/", "\\"), "tab": f"https://{_HOST}/\tpackages{_PATH[9:]}",
    "lf": f"https://{_HOST}/\npackages{_PATH[9:]}", "nul": f"https://{_HOST}{_PATH}\x00",
    "escape": f"https://{_HOST}/\x1b[2J{_PATH}", "percent": f"https://{_HOST}{_PATH}".replace("p", "%70"),
    "query": f"https://{_HOST}{_PATH}?a=b", "fragment": f"https://{_HOST}{_PATH}#sha256={SHA}",
    "mirror": f"https://mirror.example{_PATH}", "ideographic-dot": f"https://files\u3002index.example{_PATH}",
    "ipv6": f"https://[::1]{_PATH}", "ipv6-zone": f"https://[fe80::1%25eth0]{_PATH}", "ipv6-open": f"https://[::1{_PATH}",
    "no-host": f"https://{_PATH}", "file": f"file://{_PATH}", "javascript": f"javascript:alert(1)//{_PATH}",
    "right-to-left": f"https://{_HOST}/\u202e{_PATH}", "8-kb": f"https://{_HOST}/{'x/' * 4000}..{_PATH}",
    "upper-digest": f"https://{_HOST}{_PATH}".replace("ab", "AB"), "git": f"git+https://{_HOST}{_PATH}",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """A file of group F, where it lies, and whether a letter about it would be right."""

    file: Hostile
    accused: bool | None
    """None where either is fine, as long as nothing breaks."""
    lookalike: bool = False
    """Whether no verdict at all may be bound to it."""
    repository: str = "acme/task"
    folder: str = field(default="")
    """Before the path, with `/` at its end."""


def traps() -> Iterator[Trap]:
    """Yield every trap of the group."""
    yield from _names()
    yield from _versions()
    yield from _urls()
    yield from _digests()
    yield from _origins()
    yield from _lines()
    yield from _places()


def _toml(text: str) -> str:
    """Return a TOML string; JSON escapes are TOML escapes, but DEL and lone surrogates."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def _trap(
    name: str, path: str, make: Make, *, accused: bool | None, lookalike: bool = False
) -> Trap:
    return Trap(file=one(f"F-{name}", path, make), accused=accused, lookalike=lookalike)


def _uv(case: str, /, *, accused: bool | None, lookalike: bool = False, **fields: str) -> Trap:
    return _trap(case, _UV, lambda: uv_lock(**fields), accused=accused, lookalike=lookalike)


def _names() -> Iterator[Trap]:
    for case, name in _LOOKALIKES.items():
        wheel = _OTHER_URL.replace("zz_other", name) if case != "10000-chars" else _OTHER_URL
        yield _uv(
            f"name-{case}", name=_toml(name), version='"1.0"', url=_toml(wheel),
            digest=f'"sha256:{_OTHER}"', accused=False, lookalike=True,
        )  # fmt: skip
        yield _trap(
            f"name-{case}",
            "requirements.txt",
            partial(lambda n: f"{n}==1.0\n".encode(), name),
            accused=False,
            lookalike=case != "trailing-lf",
        )
        npm = {
            "lockfileVersion": 3,
            "packages": {f"node_modules/{name}": {"version": "1.0", "resolved": _OTHER_URL}},
        }
        yield _trap(
            f"name-{case}",
            "package-lock.json",
            partial(lambda d: json.dumps(d).encode(), npm),
            accused=False,
            lookalike=True,
        )
        yield _trap(
            f"name-{case}",
            "poetry.lock",
            partial(
                lambda n: (
                    GOOD["poetry.lock"]
                    .replace(b'"zz-ghost-one"', _toml(n).encode())
                    .replace(SHA.encode(), _OTHER.encode())
                    .replace(FILE.encode(), b"zz_other-1.0-py3-none-any.whl")
                ),
                name,
            ),
            accused=False,
            lookalike=True,
        )


def _versions() -> Iterator[Trap]:
    for version in (
        "1.0+zz",
        "1!1.0",
        "\uff11.0",
        "\u0661.\u0660",
        "2.0",
        "",
        "\x1b[2J1.0",
        "1.0-evil",
        "9" * 5_000,
    ):
        yield _uv(
            f"version-{version[:8]!r}", version=_toml(version), url=_toml(_OTHER_URL.replace("zz_other-1.0", "zz_ghost_one-2.0")),
            digest=f'"sha256:{_OTHER}"', accused=False,
        )  # fmt: skip
    for wrong in (
        "../x-1.0.tar.gz",
        "zz_ghost_one-1.0-2-3-4-5-6.whl",
        "-.whl",
        ".tar.gz",
        "a" * 9_000 + "-1.0.tar.gz",
        "CON.zip",
    ):
        yield _uv(
            f"file-{wrong[:20]}",
            name='"x"',
            url=_toml(f"https://files.index.example/{wrong}"),
            digest=f'"sha256:{_OTHER}"',
            accused=False,
            lookalike=True,
        )


def _urls() -> Iterator[Trap]:
    for case, url in _URLS.items():
        yield _uv(f"url-{case}", url=_toml(url), accused=None)
        yield _trap(
            f"url-{case}",
            "requirements.txt",
            partial(lambda u: f"zz-ghost-one @ {u}\n".encode(), url),
            accused=None,
        )
    yield _uv("url-plain", url=_toml(URL), accused=True)
    yield _uv("url-mirror-accused", url=_toml(_URLS["mirror"]), accused=True)
    yield _uv("wheel-of-another-name", name='"zz-living"', accused=True)
    yield _uv(
        "path-digest-of-another-file",
        url=_toml(URL.replace(FILE, "zz_other-1.0-py3-none-any.whl")),
        accused=None,
    )
    for wrong in (
        f"/packages/abab/{'ab' * 30}/{FILE}",
        f"/packages/ab/ab/{'ab' * 29}/{FILE}",
        f"/packages/ab/ab/{'zz' * 30}/{FILE}",
    ):
        yield _uv(
            f"path-{wrong[:22]}",
            name='"zz-other"',
            version='"3.0"',
            url=_toml(
                f"https://files.index.example{wrong}".replace(FILE, "zz_other-3.0-py3-none-any.whl")
            ),
            digest=f'"sha256:{_OTHER}"',
            accused=False,
            lookalike=True,
        )


def _digests() -> Iterator[Trap]:
    for case, stated in (
        ("upper-case", f"sha256:{SHA.upper()}"), ("short", f"sha256:{SHA[:40]}"), ("md5", "md5:" + "0" * 32),
        ("missing", ""), ("unknown", "crc32:00000000"), ("no-colon", SHA), ("10000", "sha256:" + "c" * 10_000),
        ("newline", f"sha256:{SHA}\n"), ("unicode", f"sha256:{SHA[:-1]}\uff11"),
    ):  # fmt: skip
        yield _uv(f"hash-{case}", digest=_toml(stated), accused=None)
    yield _uv(
        "reused-name",
        url=_toml(URL.replace("ab", "12")),
        digest=f'"sha256:{_OTHER}"',
        accused=False,
    )


def _origins() -> Iterator[Trap]:
    for case, source in (
        ("virtual", '{ virtual = "." }'), ("editable", '{ editable = "." }'), ("directory", '{ directory = "zz" }'),
        ("git", '{ git = "https://git.example/acme/zz-ghost-one?rev=1#' + "1" * 40 + '" }'),
        ("path", '{ path = "../zz_ghost_one-1.0-py3-none-any.whl" }'),
        ("private", '{ registry = "https://private.example/simple" }'),
    ):  # fmt: skip
        lock = (
            f'version = 1\n[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\nsource = {source}\n'
        )
        yield _trap(f"source-{case}", _UV, lock.encode, accused=False)
        yield _uv(
            f"wheel-and-{case}",
            source=source,
            url=_toml(_OTHER_URL),
            digest=f'"sha256:{_OTHER}"',
            accused=False,
        )
    member = {
        "lockfileVersion": 3,
        "packages": {
            "packages/zz": {"name": "zz-ghost-one", "version": "1.0"},
            "node_modules/zz-ghost-one": {"resolved": "packages/zz", "link": True},
        },
    }
    yield _trap(
        "workspace",
        "package-lock.json",
        lambda: json.dumps(member).encode(),
        accused=False,
        lookalike=True,
    )


def _lines() -> Iterator[Trap]:
    for line in (
        "zz-ghost-one!=1.0", "zz-ghost-one>1.0", "# zz-ghost-one==1.0", "zz-other==1.0 # not zz-ghost-one==1.0",
        "zz-other==1.0 ; zz-ghost-one == '1.0'", "zz-ghost-one[x]!=1.0,>=0", "-e ./zz-ghost-one", "./zz_ghost_one-1.0.tar.gz",
        "zz-ghost-one @ git+https://git.example/acme/zz-ghost-one@1.0", "zz-ghost-one @ file:///tmp/zz-ghost-one",
        "zz-ghost-one==1.0.*", "zz-ghost-one===1.0-evil", "-r https://git.example/zz-ghost-one==1.0", "--index-url=zz-ghost-one==1.0",
    ):  # fmt: skip
        yield _trap(f"line {line}", "requirements.txt", f"{line}\n".encode, accused=False)
    excluded = (
        GOOD["poetry.lock"]
        .replace(b"zz-ghost-one", b"zz-other")
        .replace(FILE.encode(), b"zz_other-1.0.tar.gz")
        .replace(SHA.encode(), _OTHER.encode())
    )
    yield _trap(
        "excluded",
        "poetry.lock",
        lambda: excluded.replace(
            b"[metadata]", b'[package.dependencies]\nzz-ghost-one = "!=1.0"\n\n[metadata]'
        ),
        accused=False,
        lookalike=True,
    )


def _places() -> Iterator[Trap]:
    ghost = one("F-ghost", _UV, uv_lock)
    for repository, folder, accused in (
        ("acme/task", "", True), ("acme/task", "vendor/app/", True), ("acme/task", "a/" * 60, True),
        ("acme/task", "tests/fixtures/", False), ("acme/task", "examples/", False), ("acme/malware-samples", "", False),
        ("acme/threat-intel", "", False), ("acme/iocs", "", False), ("acme/scanner", "src/testdata/", False),
        ("acme/task", "\x1b]52;c;AAAA\x07/", True), ("acme/task", "\u202e/", True), ("acme/task", "a\nb/", True),
        ("acme/task", "\udcff/", True), ("acme/task", "`](javascript:alert(1))<img>/", True),
    ):  # fmt: skip
        case = f"F-in-{repository}-{folder[:16]!r}"
        file = Hostile(id=f"{case}:{_UV}", path=_UV, make=ghost.make)
        yield Trap(file=file, accused=accused, repository=repository, folder=folder)
