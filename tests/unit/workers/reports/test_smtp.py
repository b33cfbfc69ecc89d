"""A mail is taken, not taken, or nobody knows; the password and the text go over TLS or nowhere."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import pytest

from crawler.reporting.interface import Addressed, DocumentKind, Edition, ExportFile
from crawler.reporting.mail import letter_mail, notice_mail, ready
from crawler.reporting.text import plain
from tests.servers.mail_server import At, MailHost, mail_host
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.values import NOW
from workers.reports.smtp import MailServer, NotSent, PerhapsSent, is_loopback

HEADERS = {
    *("From", "To", "Subject", "Message-ID", "Date"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", str(key), "-out", str(made), "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        capture_output=True, check=True,
    )  # fmt: skip
    return made, key


@pytest.fixture(scope="module")
def plain_host() -> Iterator[MailHost]:
    with mail_host() as host:
        yield host


@pytest.fixture(scope="module")
def tls_host(certificate: tuple[Path, Path]) -> Iterator[MailHost]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with mail_host(context) as host:
        yield host


def mail(text: str = "hello\n.\n..\n.hidden\n") -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "desk@operator.example", "abuse@git.example", "x"
    made.set_content(text, cte="quoted-printable")
    return made


def heard(host: MailHost) -> tuple[list[str], int, int]:
    return list(host.senders), len(host.logins), len(host.taken)


def test_what_is_taken_arrives_as_it_was_written(plain_host: MailHost) -> None:
    plain_host.ends = At.NEVER

    MailServer(host="127.0.0.1", port=plain_host.port, plain=True).send(mail())

    envelope = plain_host.taken[-1]
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "desk@operator.example",
        ["abuse@git.example"],
    )
    assert envelope.content == mail().as_bytes()


@pytest.mark.parametrize("trap", TRAPS)
def test_what_strangers_write_is_no_header_and_nobody_else_gets_it(
    plain_host: MailHost, trap: str
) -> None:
    plain_host.ends = At.NEVER
    report, text = hostile(trap), plain(trap, keep="\r\n")
    edition = Edition(at=NOW, contact="desk@operator.example")
    notice = ExportFile(
        name="n.md",
        text=f"{text}\r\n.\r\nRCPT TO:<c@d.example>\r\n",
        kind=DocumentKind.NOTICE,
        findings=(),
        repository=Addressed(host="git.example", path=trap, number=None),
    )
    server = MailServer(host="127.0.0.1", port=plain_host.port, plain=True)
    before = len(plain_host.taken)

    server.send(ready(letter_mail([report], "a@b.example", text, edition), "me@b.example", NOW))
    server.send(ready(notice_mail(notice, "0123", "a@b.example", edition), "me@b.example", NOW))

    letter, told = plain_host.taken[before:]
    for envelope, type_ in ((letter, "multipart/report"), (told, "text/plain")):
        assert isinstance(envelope.content, bytes)
        read = message_from_bytes(envelope.content, policy=default)
        assert (envelope.mail_from, envelope.rcpt_tos) == ("me@b.example", ["a@b.example"])
        assert (read["From"], read["To"]) == ("me@b.example", "a@b.example")
        assert read.get_content_type() == type_
        assert set(read.keys()) <= HEADERS
        assert len(read.keys()) == len(set(read.keys()))


@pytest.mark.parametrize(
    ("ends", "error", "said"),
    [
        (At.RECIPIENT_REFUSED, NotSent, "has not taken the mail: 550 nobody of that name"),
        (At.TEXT_REFUSED, NotSent, "has not taken the mail: 554 not here"),
        (At.HUNG_UP_AFTER_TEXT, PerhapsSent, "gave no answer that says if it took the mail"),
    ],
)
def test_how_it_ended_is_told(
    plain_host: MailHost, ends: At, error: type[Exception], said: str
) -> None:
    plain_host.ends = ends

    with pytest.raises(error, match=said):
        MailServer(host="127.0.0.1", port=plain_host.port, plain=True).send(mail())


def test_a_server_that_nobody_runs_has_not_taken_it() -> None:
    with mail_host() as gone:
        pass

    with pytest.raises(NotSent, match="Connection refused"):
        MailServer(host="127.0.0.1", port=gone.port, plain=True).send(mail())


def test_a_server_without_tls_hears_neither_the_password_nor_the_mail(plain_host: MailHost) -> None:
    before = heard(plain_host)
    server = MailServer(host="127.0.0.1", port=plain_host.port, user="me", password="opensesame")

    with pytest.raises(NotSent, match="STARTTLS"):
        server.send(mail())

    assert heard(plain_host) == before


def test_a_certificate_that_nobody_vouches_for_is_no_tls(tls_host: MailHost) -> None:
    before = heard(tls_host)
    server = MailServer(host="127.0.0.1", port=tls_host.port, user="me", password="opensesame")

    with pytest.raises(NotSent, match="certificate verify failed"):
        server.send(mail())

    assert heard(tls_host) == before


def test_the_user_logs_in_over_tls(tls_host: MailHost, certificate: tuple[Path, Path]) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    server = MailServer(
        host="127.0.0.1", port=tls_host.port, user="me", password="opensesame", context=trusting
    )

    server.send(mail())

    assert tls_host.logins[-1] == (b"me", b"opensesame", True)
    assert len(tls_host.taken) == 1
    assert "opensesame" not in repr(server)


def test_a_wrong_password_sends_nothing(tls_host: MailHost, certificate: tuple[Path, Path]) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    server = MailServer(
        host="127.0.0.1", port=tls_host.port, user="me", password="guess", context=trusting
    )
    before = len(tls_host.taken)

    with pytest.raises(NotSent, match="535"):
        server.send(mail())

    assert len(tls_host.taken) == before


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("mail.example", False),
        ("localhost.mail.example", False),
        ("10.0.0.1", False),
    ],
)
def test_only_this_machine_is_spoken_to_without_tls(host: str, *, known: bool) -> None:
    assert is_loopback(host) is known
