"""Groups A29 to A34, A39 and A40: HTTP and TLS that mean harm."""

from __future__ import annotations

import gzip
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server, socket
from tempfile import TemporaryDirectory

from tests.hostile.git_modes import SOME_OID, Mode, Serve, Served, Trap, raw, scripted
from tests.servers.raw_http import Heard, Script, dripping, hello, raw_server, reply
from tests.servers.scripted_git import ADVERTISEMENT, Say, capabilities, line, refs

__all__ = ["answer_modes"]

_ANY = "*"


def answer_modes() -> Iterator[Mode]:
    """Yield all modes of this file."""
    for label, target in _TARGETS.items():
        for status in (301, 302, 307, 308) if label == "another-port" else (302,):
            yield Mode(
                id=f"A30-{status}-to-{label}",
                serve=_redirecting(status, target),
                reader="Refused|Malformed",
                program="Refused|Retry",
            )
    for label, target in _TARGETS.items():
        yield Mode(
            id=f"A30-refs-to-{label}",
            serve=_redirecting_later(target),
            reader="Refused|Malformed",
            program="Refused|Retry",
        )
    for label, (status, headers, verdict) in _STATUSES.items():
        yield Mode(id=label, serve=_status(status, headers), reader=verdict, program=_ANY)
    for label, (script, verdict) in _RAW.items():
        yield Mode(id=label, serve=raw(script), reader=verdict, program=_ANY)
    for label, serve in _TLS.items():
        yield Mode(id=label, serve=serve, reader="Retry", program="Retry")
    yield Mode(
        id="A30-dumb-protocol-with-alternates",
        serve=raw(_dumb),
        reader="Retry|Gone|Malformed",
        program="Retry|Gone|Malformed|visited partial|empty whole",
    )


_TARGETS: dict[str, Callable[[Trap], str]] = {
    "another-port": lambda trap: f"{trap.lure}/r.git/info/refs?service=git-upload-pack",
    "userinfo": lambda trap: trap.lure.replace("//", "//user:word@") + "/",
    "file": lambda _: "file:///etc/passwd",
    "ext": lambda trap: f"ext::touch {trap.marker}",
    "ssh": lambda trap: f"ssh://-oProxyCommand=touch {trap.marker}/x",
    "itself": lambda _: "/r.git/info/refs?service=git-upload-pack",
    "nothing": lambda _: "",
}


def _say(status: int, **headers: str) -> Say:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Say(body=[], status=status, media_type=ADVERTISEMENT, headers=named)


def _redirecting(status: int, target: Callable[[Trap], str]) -> Serve:
    return scripted(probe=lambda trap: _say(status, location=target(trap)))


def _redirecting_later(target: Callable[[Trap], str]) -> Serve:
    return scripted(heads=lambda trap: _say(302, location=target(trap)))


def _status(status: int, headers: dict[str, str]) -> Serve:
    return scripted(probe=lambda _: _say(status, **headers))


_STATUSES: dict[str, tuple[int, dict[str, str], str]] = {
    "A32-401-basic-escape": (401, {"www_authenticate": 'Basic realm="\x1b]52;c;AAAA\x07"'}, "private"),
    "A32-401-negotiate": (401, {"www_authenticate": "Negotiate"}, "private"),
    "A32-401-bearer-elsewhere": (401, {"www_authenticate": 'Bearer realm="http://127.0.0.1:1/"'}, "private"),
    "A32-403": (403, {}, "private"),
    "A32-407": (407, {"proxy_authenticate": "Basic"}, "private"),
    "A32-404": (404, {}, "gone"),
    "A32-410": (410, {}, "gone"),
    "A32-451": (451, {}, "blocked"),
    "A33-429-120": (429, {"retry_after": "120"}, "deferred"),
    "A33-429-10-to-9": (429, {"retry_after": "1000000000"}, "deferred"),
    "A33-429-10-to-400": (429, {"retry_after": "1" + "0" * 400}, "deferred"),
    "A33-429-minus-1": (429, {"retry_after": "-1"}, "deferred"),
    "A33-429-date-in-the-past": (429, {"retry_after": "Thu, 01 Jan 1970 00:00:00 GMT"}, "deferred"),
    "A33-429-date-of-year-9999": (429, {"retry_after": "Fri, 31 Dec 9999 23:59:59 GMT"}, "deferred"),
    "A33-429-nonsense": (429, {"retry_after": "\xb2 \x1b[0m"}, "deferred"),
    "A33-503-60": (503, {"retry_after": "60"}, "deferred"),
    "A33-500": (500, {}, "Retry"),
    "A33-599": (599, {}, "Retry"),
    "A33-204": (204, {}, "Retry|Malformed|Unsupported"),
    "A33-206": (206, {"content_range": "bytes 0-1/2"}, "Retry|Malformed|Unsupported"),
    "A33-304": (304, {}, "Refused|Retry|Malformed|Unsupported"),
    "A33-cookie": (200, {"set_cookie": "guest=1; Path=/", "alt_svc": 'h2="127.0.0.1:1"'}, "Retry|Malformed|Unsupported"),
}  # fmt: skip


def _always(*pieces: bytes) -> Callable[[Trap], Script]:
    return lambda _: lambda _: pieces


def _typed(body: bytes, **headers: str) -> bytes:
    return reply(200, body, content_type=ADVERTISEMENT, **headers)


def _reset_midway(_: Trap) -> Script:
    def script(heard: Heard) -> Iterable[bytes]:
        said = capabilities() if heard.method == "GET" else refs(SOME_OID)
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {said.media_type}\r\n\r\n"
        yield head.encode()
        if heard.method == "GET":
            yield from said.body
            return
        yield line(b"packfile\n") + b"00ff\x01PACK"
        raise ConnectionResetError

    return script


def _start(*headers: str) -> bytes:
    named = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 200 OK\r\ncontent-type: {ADVERTISEMENT}\r\n{named}\r\n".encode()


def _drip(start: bytes, chunk: bytes, pause: float = 0.0005) -> Callable[[Trap], Script]:
    return lambda _: lambda _: dripping(start, chunk, pause)


_RAW: dict[str, tuple[Callable[[Trap], Script], str]] = {
    "A34-login-page": (_always(reply(200, b"<html>sign in", content_type="text/html")), "Malformed"),
    "A34-no-content-type": (_always(reply(200, b"x")), "Malformed"),
    "A34-content-type-escape": (_always(reply(200, b"x", content_type="\x1b]52;c;AAAA\x07")), "Malformed|Retry"),
    "A29-gzip-bomb": (_always(_typed(gzip.compress(bytes(50_000_000)), content_encoding="gzip")), "Malformed"),
    "A29-brotli": (_always(_typed(b"x", content_encoding="br")), "Malformed"),
    "A29-gzip-twice": (_always(_typed(gzip.compress(gzip.compress(bytes(50_000_000))), content_encoding="gzip, gzip")), "Malformed"),
    "A29-gzip-by-transfer": (_always(_typed(gzip.compress(bytes(50_000_000)), transfer_encoding="gzip")), "Malformed|Retry"),
    "A26-status-line-drips": (_drip(b"", b"H", 0.3), "Retry"),
    "A26-headers-drip": (_drip(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", 0.3), "Retry"),
    "A26-endless-headers": (_drip(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n" * 1_000), "Retry"),
    "A26-one-endless-header": (_drip(b"HTTP/1.1 200 OK\r\nx: ", b"y" * 10_000), "Retry"),
    "A26-endless-100-continue": (_drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "Retry"),
    "A26-endless-chunk-extension": (_drip(_start("transfer-encoding: chunked") + b"1;", b"e" * 10_000), "Retry"),
    "A26-chunks-of-one-byte": (_drip(_start("transfer-encoding: chunked"), b"1\r\n0\r\n" * 1_000), "TooLarge|Retry"),
    "A28-accept-and-hang": (_drip(b"", b"", 0.3), "Retry"),
    "A39-hung-up": (_always(), "Retry"),
    "A39-reset-in-the-pack": (_reset_midway, "Retry|Unsupported|Malformed"),
    "A39-length-lies-short": (_always(_typed(b"000eversion 2\n0000", content_length="9999")), "Retry|Malformed"),
    "A39-length-negative": (_always(_typed(b"x", content_length="-1")), "Retry"),
    "A39-length-2-to-80": (_always(_typed(b"x", content_length=str(1 << 80))), "Retry|Malformed"),
    "A39-length-twice": (_always(_start("content-length: 1", "content-length: 2") + b"xx"), "Retry|Malformed"),
    "A39-length-and-chunks": (_always(_start("content-length: 1", "transfer-encoding: chunked") + b"zz\r\n"), "Retry|Malformed"),
    "A39-http-0.9": (_always(b"000eversion 2\n0000"), "Retry"),
    "A39-http-2-preface": (_always(b"\0\0\x12\x04\0\0\0\0\0"), "Retry"),
    "A39-header-injection": (_always(b"HTTP/1.1 200 OK\r\nx\0y: \r\n z\r\n\r\n"), "Retry|Malformed"),
    "A39-switching-protocols": (_always(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"), "Retry|Malformed"),
    "A35-no-reply-but-another-service": (_always(b"SSH-2.0-OpenSSH_9\r\n"), "Retry"),
}  # fmt: skip


def _dumb(trap: Trap) -> Script:
    """Speak the old file-by-file protocol, with alternates that lead elsewhere."""
    files = {
        "/r.git/info/refs": f"{SOME_OID}\trefs/heads/main\n".encode(),
        "/r.git/HEAD": b"ref: refs/heads/main\n",
        "/r.git/objects/info/http-alternates": f"{trap.lure}/objects\n".encode(),
        "/r.git/objects/info/alternates": b"/etc\n",
    }

    def script(heard: Heard) -> Iterable[bytes]:
        body = files.get(heard.target.partition("?")[0])
        if body is None:
            return [reply(404)]
        return [reply(200, body, content_type="text/plain")]

    return script


def _certificate(folder: Path, days: str, name: str) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", str(key), "-out", str(certificate), "-days", days,
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
        capture_output=True, check=True,
    )  # fmt: skip
    return certificate, key


def _tls(name: str, version: ssl.TLSVersion) -> Serve:
    """Serve TLS under a certificate that nobody vouches for."""

    @contextmanager
    def serve(_: Trap) -> Iterator[Served]:
        with TemporaryDirectory() as folder, create_server(("127.0.0.1", 0)) as listener:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*_certificate(Path(folder), "1", name))
            context.maximum_version = version
            heard: list[str] = []
            threading.Thread(target=_accept, args=(listener, context, heard), daemon=True).start()
            authority = f"127.0.0.1:{listener.getsockname()[1]}"
            yield Served(
                url=f"https://{authority}/r.git", trusted=(authority,), heard=lambda: heard
            )

    return serve


def _accept(listener: socket, context: ssl.SSLContext, heard: list[str]) -> None:
    """Shake hands with everybody who takes this certificate; note what they then say."""
    with suppress(OSError):
        while True:
            plain = listener.accept()[0]
            with suppress(OSError), plain, context.wrap_socket(plain, server_side=True) as safe:
                heard.append(safe.recv(65_536).decode("latin-1"))


@contextmanager
def _plain_port(_: Trap) -> Iterator[Served]:
    """An https URL of a port that speaks plain HTTP."""
    with raw_server(hello) as server:
        yield Served(
            url=f"https://{server.authority}/r.git",
            trusted=(server.authority,),
            heard=lambda: [head.decode("latin-1") for head in server.first_bytes],
        )


_TLS: dict[str, Serve] = {
    "A40-self-signed": _tls("127.0.0.1", ssl.TLSVersion.TLSv1_3),
    "A40-another-host": _tls("another.example", ssl.TLSVersion.TLSv1_3),
    "A40-no-tls-at-all": _plain_port,
}
