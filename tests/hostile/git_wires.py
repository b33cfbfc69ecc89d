"""Groups A16, A18, A22 to A25 and A35 to A38: packet lines, advertisements and refs that mean harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from crawler.model import Refs
from tests.hostile.git_modes import SOME_OID, Mode, Serve, Trap, Tree, scripted
from tests.servers.packs import pack
from tests.servers.scripted_git import (
    ADVERTISEMENT,
    Say,
    forever,
    line,
    packfile,
    refs,
    sideband,
)

__all__ = ["wire_modes"]

_HEAD = f"{SOME_OID} HEAD symref-target:refs/heads/main\n".encode()
_ANY = "*"
_V2 = (b"version 2\n", b"ls-refs\n", b"fetch=shallow filter\n", b"object-format=sha1\n")
_SERVICE = b"# service=git-upload-pack\n"


def wire_modes() -> Iterator[Mode]:
    """Yield all modes of this file."""
    for label, (answer, verdict) in _PROBES.items():
        yield Mode(id=label, serve=scripted(probe=answer), reader=verdict, program=_ANY)
    for label, (lines, verdict) in _REFS.items():
        yield Mode(id=label, serve=_refs(lines), reader=verdict, program=_ANY)
    for label, (lines, verdict) in _REFS.items():
        if "branch" in label:
            yield Mode(
                id=f"{label}-all",
                serve=_refs(lines),
                reader=verdict,
                program=_ANY,
                refs=Refs.BRANCHES,
            )
    for label, (sent, verdict) in _FETCHES.items():
        yield Mode(id=label, serve=_fetches(sent), reader=verdict, program=_ANY)
    for label, (before, reads) in _LURES.items():
        yield Mode(
            id=label,
            serve=_lured(before),
            reader="visited whole|Malformed",
            program=_ANY,
            reads=reads,
        )
    yield Mode(
        id="A38-head-moves-between-requests",
        serve=_moving(),
        reader="visited partial",
        program=_ANY,
    )


_Probe = Callable[[Trap], Say]


def _told(*lines: bytes, end: bytes = b"0000") -> _Probe:
    return lambda _: Say(body=[*map(line, lines), end], media_type=ADVERTISEMENT)


def _old(*lines: bytes) -> _Probe:
    """Answer in protocol version 0: the refs at once."""
    body = [line(_SERVICE), b"0000", *map(line, lines), b"0000"]
    return lambda _: Say(body=body, media_type=ADVERTISEMENT)


def _endless(start: Iterable[bytes], chunk: bytes, pause: float = 0.0) -> _Probe:
    return lambda _: Say(body=chain(start, forever(chunk, pause)), media_type=ADVERTISEMENT)


def _bundle_uri(_: Trap) -> Say:
    lines = (*_V2, b"bundle-uri\n", b"promisor-remote=name=x,url=http://127.0.0.1:1/\n")
    return Say(body=[*map(line, lines), b"0000"], media_type=ADVERTISEMENT)


_V0_REF = f"{SOME_OID} refs/heads/main\0side-band-64k shallow filter symref=HEAD:refs/heads/main\n".encode()
_PROBES: dict[str, tuple[_Probe, str]] = {
    "A35-version-0": (_old(_V0_REF), "Malformed|Retry|visited partial|empty whole"),
    "A35-version-1": (_old(b"version 1\n", _V0_REF), "Malformed|Retry|empty whole|visited partial"),
    "A35-version-3": (_told(b"version 3\n"), "Malformed|Retry"),
    "A35-version-2-without-anything": (_told(b"version 2\n"), "Malformed|Retry|Unsupported"),
    "A35-without-filter": (_told(*_V2[:2], b"fetch=shallow\n"), "Malformed|Retry|visited partial"),
    "A35-without-shallow": (_told(*_V2[:2], b"fetch=filter\n"), "Malformed|Retry|visited partial"),
    "A16-sha256": (_told(*_V2[:3], b"object-format=sha256\n"), "Unsupported|Malformed|Retry"),
    "A16-unknown-object-format": (_told(*_V2[:3], b"object-format=md4\n"), "Unsupported|Malformed|Retry"),
    "A22-endless-advertisement-v0": (_endless([line(_SERVICE), b"0000", line(_V0_REF)], line(f"{SOME_OID} refs/heads/x\n".encode()) * 1_000), "Retry|TooLarge|Malformed"),
    "A22-endless-capabilities": (_endless([line(b"version 2\n")], line(b"x" * 1_000)), "TooLarge|Retry|Unsupported|Malformed"),
    "A22-endless-empty-lines": (_endless([line(b"version 2\n")], b"0004" * 10_000), "TooLarge|Retry|Unsupported|Malformed"),
    "A26-advertisement-drips": (_endless([], b"0", 0.3), "Retry|Malformed"),
    "A28-advertisement-hangs": (_endless([], b"", 0.3), "Retry"),
    "A36-bundle-uri-and-promisor": (_bundle_uri, "Retry|visited partial"),
    "A36-server-option-and-agent-escape": (_told(*_V2, b"agent=\x1b]52;c;AAAA\x07\n", b"server-option\n"), "Retry|visited partial"),
    "A35-error-line": (_told(b"ERR \x1b]52;c;AAAA\x07 go away\n"), "Malformed|Retry|Unsupported|Gone"),
    "A35-length-0003": (lambda _: Say(body=[b"0003"], media_type=ADVERTISEMENT), "Malformed"),
    "A35-length-no-hex": (lambda _: Say(body=[b"zzzz"], media_type=ADVERTISEMENT), "Malformed"),
    "A35-length-with-sign": (lambda _: Say(body=[b"-001aaaa"], media_type=ADVERTISEMENT), "Malformed"),
    "A35-cut-in-a-line": (lambda _: Say(body=[b"00ffversion"], media_type=ADVERTISEMENT), "Retry"),
    "A35-nothing": (lambda _: Say(body=[], media_type=ADVERTISEMENT), "Retry|Unsupported|Malformed|empty whole"),
}  # fmt: skip


def _refs(lines: Iterable[bytes]) -> Serve:
    return scripted(heads=lambda _: Say(body=iter(lines)))


class _Forever:
    """Endless lines that can be served more than once."""

    def __init__(self, start: Iterable[bytes], chunk: bytes) -> None:
        self._start, self._chunk = tuple(start), chunk

    def __iter__(self) -> Iterator[bytes]:
        return chain(self._start, forever(self._chunk))


class _Many:
    """Lines made when they are sent."""

    def __init__(self, count: int, name: str) -> None:
        self._count, self._name = count, name

    def __iter__(self) -> Iterator[bytes]:
        some = (line(f"{SOME_OID} {self._name}{n}\n".encode()) for n in range(self._count))
        while chunk := b"".join(islice(some, 1_000)):
            yield chunk
        yield b"0000"


def _ref(text: str) -> list[bytes]:
    return [line(text.encode("utf-8", "surrogateescape")), b"0000"]


_REFS: dict[str, tuple[Iterable[bytes], str]] = {
    "A18-empty": ([b"0000"], "empty whole"),
    "A18-head-to-missing-branch": (_ref("unborn HEAD symref-target:refs/heads/none\n"), "Malformed|empty whole"),
    "A18-detached": (_ref(f"{SOME_OID} HEAD\n"), "visited partial"),
    "A18-head-loop": (_ref(f"{SOME_OID} HEAD symref-target:HEAD\n"), "visited partial"),
    "A18-symref-to-traversal": (_ref(f"{SOME_OID} HEAD symref-target:refs/heads/../../config\n"), "visited partial"),
    "A18-symref-to-escape": (_ref(f"{SOME_OID} HEAD symref-target:refs/heads/\x1b]52;c;\x07\n"), "visited partial"),
    "A14-replace-refs": ([line(_HEAD), *_ref(f"{'cd' * 20} refs/replace/{SOME_OID}\n")], "visited partial"),
    "A16-sha256-ref": (_ref(f"{'ab' * 32} HEAD\n"), "Unsupported|Retry"),
    "A22-endless-refs": (_Forever([], line(f"{SOME_OID} refs/pull/1/head\n".encode()) * 1_000), "TooLarge|Retry|empty partial"),
    "A22-endless-branches": (_Forever([line(_HEAD)], line(f"{SOME_OID} refs/heads/b\n".encode()) * 1_000), "visited partial|TooLarge|Retry"),
    "A22-200000-branches": (_Many(200_000, "refs/heads/"), "visited partial|Retry"),
    "A22-400000-pull-refs": (_Many(400_000, "refs/pull/"), "empty partial|TooLarge|Retry"),
    "A22-branch-of-65000-bytes": ([line(_HEAD), *_ref(f"{SOME_OID} refs/heads/{'x' * 65_000}\n")], "visited partial"),
    "A22-branch-names-as-options": ([line(_HEAD), *_ref(f"{SOME_OID} refs/heads/--upload-pack=id\n")], "visited partial"),
    "A22-branch-names-not-utf-8": ([line(_HEAD), *_ref(f"{SOME_OID} refs/heads/\udcff\n")], "visited partial"),
    "A22-oid-of-letters": (_ref(f"{'zz' * 20} HEAD\n"), "Malformed"),
    "A22-oid-as-option": (_ref("--upload-pack=id HEAD\n"), "Malformed"),
    "A22-oid-zero": (_ref(f"{'00' * 20} HEAD\n"), "visited partial"),
    "A22-twice-head": ([line(_HEAD), *_ref(f"{'cd' * 20} HEAD\n")], "visited partial"),
    "A22-no-flush": ([line(f"{SOME_OID} refs/heads/x\n".encode())], "Retry"),
    "A22-error-line": (_ref("ERR \x1b]52;c;AAAA\x07 go away\n"), "Unsupported|Retry"),
}  # fmt: skip


def _fetches(lines: Callable[[], Iterable[bytes]]) -> Serve:
    return scripted(fetch=lambda _: Say(body=lines()))


_PACKFILE = line(b"packfile\n")
_FETCHES: dict[str, tuple[Callable[[], Iterable[bytes]], str]] = {
    "A23-endless-progress": (lambda: chain([_PACKFILE], forever(b"".join(sideband(b"\x1b]52;c;" * 1_000, 2)))), "TooLarge"),
    "A23-endless-keepalive": (lambda: chain([_PACKFILE], forever(b"0005\x01" * 10_000)), "TooLarge|Retry"),
    "A24-progress-escape": (lambda: [_PACKFILE, *sideband(b"\x1b]52;c;AAAA\x07", 2), *sideband(pack([])), b"0000"], "visited partial"),
    "A24-error-escape": (lambda: [_PACKFILE, *sideband(b"\x1b]52;c;AAAA\x07 broken\n", 3)], "Retry"),
    "A24-error-of-60000-bytes": (lambda: [_PACKFILE, *sideband(b"e" * 60_000, 3)], "Retry"),
    "A24-band-4": (lambda: [_PACKFILE, line(b"\x04x"), b"0000"], "Malformed"),
    "A24-no-band": (lambda: [_PACKFILE, b"0004", b"0000"], "Malformed"),
    "A27-pack-drips": (lambda: chain([_PACKFILE], forever(b"0005\x01", 0.3)), "Retry"),
    "A28-pack-hangs": (lambda: chain([_PACKFILE], forever(b"", 0.3)), "Retry"),
    "A25-endless-acks": (lambda: forever(line(b"acknowledgments\n") * 1_000), "Malformed|TooLarge|Retry"),
    "A25-endless-flushes": (lambda: forever(b"0000" * 10_000), "Malformed|TooLarge|Retry"),
    "A25-endless-shallow-info": (lambda: chain([line(b"shallow-info\n")], forever(line(b"shallow " + b"cd" * 20 + b"\n") * 1_000)), "Malformed|TooLarge|Retry"),
    "A15-shallow-info-of-nonsense": (lambda: [line(b"shallow-info\n"), line(b"shallow --upload-pack=id\n"), b"0001", _PACKFILE, *sideband(pack([])), b"0000"], "visited partial"),
    "A25-error-line": (lambda: [line(b"ERR \x1b]52;c;AAAA\x07 not our ref\n"), b"0000"], "Unsupported|Retry|Malformed"),
    "A25-nothing": (list, "Unsupported|Retry|Malformed"),
    "A25-html": (lambda: [b"<html>sign in</html>"], "Malformed"),
    "A25-response-end": (lambda: [b"0002"], "Malformed|Retry"),
}  # fmt: skip


def _lured(before: Callable[[Trap], Iterable[bytes]]) -> Serve:
    """Serve a good repository with sections in front of its packs that lead elsewhere."""
    tree = Tree()
    tip = tree.tip()
    seen: list[Trap] = []

    def heads(trap: Trap) -> Say:
        seen.append(trap)
        return refs(tip)

    def fetch(body: bytes) -> Say:
        files = packfile(pack(tree.objects.entries if b"filter" in body else tree.blobs))
        return Say(body=chain(before(seen[-1]), files.body))

    return scripted(heads=heads, fetch=fetch)


_LURES: dict[str, tuple[Callable[[Trap], Iterable[bytes]], tuple[str, ...]]] = {
    "A36-packfile-uris": (lambda trap: [line(b"packfile-uris\n"), line(f"{SOME_OID} {trap.lure}/pack\n".encode()), b"0001"], ("uv.lock",)),
    "A36-packfile-uris-file": (lambda _: [line(b"packfile-uris\n"), line(f"{SOME_OID} file:///etc/passwd\n".encode()), b"0001"], ("uv.lock",)),
    "A36-wanted-refs": (lambda _: [line(b"wanted-refs\n"), line(f"{SOME_OID} refs/heads/../../config\n".encode()), b"0001"], ("uv.lock",)),
    "A15-shallow-and-unshallow": (lambda _: [line(b"shallow-info\n"), line(f"unshallow {SOME_OID}\n".encode()), b"0001"], ("uv.lock",)),
}  # fmt: skip


def _moving() -> Serve:
    """Name another commit each time; only the first one was asked for."""
    tree = Tree()
    tree.tip()
    return scripted(fetch=lambda _: packfile(pack(tree.objects.entries)))
