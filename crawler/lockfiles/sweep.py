"""Files of a package index that any text names: a Dockerfile, CI steps, a Homebrew formula, Bazel.

No grammar is known here, so only what proves a file counts: a URL path that carries the file's digest
(`crawler.model.distribution`), or a URL of a wheel or sdist with its sha256 in the fragment (PEP 610,
pip's direct references). One pass; every anchor looks back only to the end of the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name
from crawler.model import Digest, Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import redact

__all__ = ["MOST_PINS", "SWEEP_VERSION", "is_archive", "sweep", "sweep_text", "sweepable"]

SWEEP_VERSION = 2
"""As `version` of a parser (`crawler.lockfiles.interface`)."""

MOST_PINS = 100_000
"""More are not read from one text."""

_LARGEST = 20 * 1024 * 1024
_LONGEST_START = 2000
"""Characters that are looked at before an anchor: scheme, host and a prefix of the path."""

_ANCHOR = re.compile(
    r"/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/|#sha256=[0-9a-f]{64}(?![0-9a-f])",
    re.IGNORECASE | re.ASCII,
)
_DIGESTED = re.compile(
    r"(https?://[^\s\"'<>\\|`]{1,1000}?\.(?:whl|tgz|zip|tar\.(?:gz|bz2|xz)))[\"']?[,;]?\s{1,80}[\"']?(sha256|sha512)"
    r"[\"']?\s{0,4}[:=]?\s{0,4}[\"']?([0-9a-f]{64,128})(?![0-9a-f])",
    re.IGNORECASE | re.ASCII,
)
"""A URL and the digest on the next line: of Flatpak, Homebrew, conda and Nix."""
_DIGITS = {"sha256": 64, "sha512": 128}
_REST = re.compile(r"[^\s\"'<>\\`|,;)\]}]*+")
_START = re.compile(r"[^\s\"'<>\\`|,;(\[{]*+")
_SCHEME = re.compile(r"[a-z]++", re.IGNORECASE | re.ASCII)
_SHA256 = re.compile(r"[#&]sha256=([0-9a-f]{64})(?![0-9a-f])", re.IGNORECASE | re.ASCII)
_NAMED = re.compile(
    r"\s{0,8}@\s{0,8}(?:\][^\]\[]{0,200}\[\s{0,8})?([A-Za-z0-9._-]{1,214}+)", re.ASCII
)
_SUFFIXES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz")

_CARRIER = re.compile(
    r"(?:.*/)?(?:"
    r"(?:docker|container)file(?:[._-][^/]*)?|[^/]*\.(?:dockerfile|containerfile)"
    r"|(?:docker-)?compose[^/]*\.ya?ml"
    r"|\.(?:github|gitea|forgejo)/(?:workflows|actions)/(?:.*/)?[^/]*\.ya?ml|\.circleci/[^/]*\.ya?ml"
    r"|\.?(?:gitlab-ci|travis|appveyor|azure-pipelines|bitbucket-pipelines|drone|woodpecker|cirrus)"
    r"[^/]*\.ya?ml"
    r"|(?:formula|casks?)/(?:.*/)?[^/]*\.rb"
    r"|(?:python3?-|pypi-)[^/]*\.(?:json|ya?ml)|[^/]*(?:flatpak|generated-sources|[_.-]sources\.)[^/]*(?:json|ya?ml)"
    r"|(?:app|com|de|dev|fr|io|me|net|org|page)\.[\w-]+\.[^/]*\.(?:json|ya?ml)"
    r"|workspace(?:\.bazel|\.bzlmod)?|module\.bazel|build(?:\.bazel)?|[^/]*\.bzl"
    r"|(?:meta|recipe|environment|snapcraft)[^/]*\.ya?ml|[^/]*\.nix|flake\.lock|pkgbuild|apkbuild|\.srcinfo"
    r"|(?:[^/]*[._-])?(?:requirements|constraints)[^/]*\.in"
    r")",
    re.IGNORECASE,
)
_ENDINGS = (
    *(
        "json",
        "yml",
        "yaml",
        ".rb",
        ".bazel",
        ".bzlmod",
        ".bzl",
        ".nix",
        ".lock",
        ".in",
        ".srcinfo",
    ),
    *("workspace", "build"),
)
_IMAGES = ("dockerfile", "containerfile")
"""One of these is in every name that matches."""


def sweepable(path: str) -> bool:
    """Say by the path alone whether a file is one that is known to carry such URLs and is no lock."""
    name = path.rpartition("/")[
        2
    ].lower()  # most names tell at once that it is none, however deep they lie
    return (name.endswith(_ENDINGS) or any(word in name for word in _IMAGES)) and (
        _CARRIER.fullmatch(path) is not None
    )


def is_archive(filename: str) -> bool:
    """Say whether `filename` is that of a wheel or sdist."""
    return filename.lower().endswith(_SUFFIXES)


def sweep(data: bytes) -> tuple[Pin, ...]:
    """Return a pin with the flag `swept` for every file that `data` (at most 20 MiB of it) names."""
    text = data[:_LARGEST].decode("utf-8", "replace")
    found = chain(sweep_text(text, "swept"), _digested(text.replace("\\/", "/")))
    return tuple(islice(found, MOST_PINS))


def _digested(text: str) -> Iterator[Pin]:
    """Yield the archives of which the digest stands behind the URL; the digest is all that tells what one is."""
    line, counted = 1, 0
    for found in _DIGESTED.finditer(text):
        url, algorithm, stated = found[1], found[2].lower(), found[3]
        if len(stated) != _DIGITS[algorithm] or _ANCHOR.search(url) is not None:
            continue
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        kept = redact(url)
        yield Pin(
            ecosystem=Ecosystem.NPM if "/-/" in url else Ecosystem.PYPI,
            name=None,
            version=None,
            origin=Origin(kind=OriginKind.URL, location=kept),
            lines=LineSpan(first=line, last=line + text.count("\n", counted, found.end())),
            url=kept,
            digests=(digest_of(f"{algorithm}:{stated}"),),
            flags=("swept",),
        )


def sweep_text(text: str, flag: str) -> Iterator[Pin]:
    """Yield a pin with `flag` for every file that `text` names; lines are counted by LF."""
    text = text.replace("\\/", "/")
    line, counted, end = 1, 0, 0
    for anchor in _ANCHOR.finditer(text):
        if anchor.start() < end:
            continue
        start = _start_of(text, anchor.start(), end)
        before, end = end, _end_of(text, anchor.end())
        url = text[start:end]
        line, counted = line + text.count("\n", counted, start), start
        filename = file_name(url)
        if filename is not None and is_archive(filename):
            yield _pin(url, _name_before(text, start, before), line, flag)


def _start_of(text: str, anchor: int, floor: int) -> int:
    """Return where the URL begins in which `anchor` lies; never before `floor`."""
    window = text[max(floor, anchor - _LONGEST_START) : anchor]
    reached = _START.match(window[::-1])
    part = window[len(window) - (0 if reached is None else reached.end()) :]
    colon = part.rfind("://")
    if colon < 0:
        return anchor - len(part) + part.rfind("=") + 1
    scheme = _SCHEME.match(part[:colon][::-1])
    return anchor - len(part) + colon - (0 if scheme is None else scheme.end())


def _end_of(text: str, anchor: int) -> int:
    rest = _REST.match(text, anchor)
    return anchor if rest is None else rest.end()


def _name_before(text: str, start: int, floor: int) -> str | None:
    """Return the name of `name[extra] @ URL`, where the URL begins at `start`."""
    window = text[max(floor, start - 500) : start].rpartition("\n")[2]
    named = _NAMED.match(window[::-1])
    return None if named is None else named[1][::-1]


def _pin(url: str, name: str | None, line: int, flag: str) -> Pin:
    kept = redact(url)
    package = Package.called(name, None, Origin(kind=OriginKind.URL, location=kept))
    artifact = Artifact(
        lines=LineSpan(first=line, last=line),
        url=kept,
        filename=file_name(kept),
        digests=_digests(url),
    )
    pin = package.pin(artifact)
    return replace(pin, flags=(*pin.flags, flag))


def _digests(url: str) -> tuple[Digest, ...]:
    stated = _SHA256.search(url)
    return () if stated is None else (digest_of(f"sha256:{stated[1]}"),)
