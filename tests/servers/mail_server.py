"""A mail server on loopback that keeps what it took, or ends a conversation at a chosen moment."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.git_web import free_port

__all__ = ["At", "MailHost", "mail_host"]


class At(Enum):
    """When, and how, the server ends a conversation."""

    NEVER = "never"
    RECIPIENT_REFUSED = "recipient-refused"
    TEXT_REFUSED = "text-refused"
    HUNG_UP_AFTER_TEXT = "hung-up-after-text"
    SILENT_AFTER_TEXT = "silent-after-text"


@dataclass  # no slots: aiosmtpd asks for all members, which Python before 3.11.4 cannot tell then
class MailHost:
    """What is set of the server, and what it heard."""

    port: int
    ends: At = At.NEVER
    taken: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes, bool]] = field(default_factory=list)
    """Who logged in, with which password, and whether over TLS."""
    senders: list[str] = field(default_factory=list)
    """Whoever said MAIL FROM."""

    async def handle_MAIL(  # noqa: N802 - a name of aiosmtpd
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        self.senders.append(address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - a name of aiosmtpd
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.ends is At.RECIPIENT_REFUSED:
            return "550 nobody of that name\x1b[31m"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - a name of aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.ends is At.TEXT_REFUSED:
            return "554 not here"
        self.taken.append(envelope)
        if self.ends is At.SILENT_AFTER_TEXT:
            await asyncio.sleep(3600)
        if self.ends is At.HUNG_UP_AFTER_TEXT:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"

    def authenticate(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        mechanism: str,
        data: object,
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password, session.ssl is not None))
        return AuthResult(success=data.password == b"opensesame", handled=False)


@contextmanager
def mail_host(tls: ssl.SSLContext | None = None) -> Iterator[MailHost]:
    """Serve mail on a port of 127.0.0.1; with `tls`, STARTTLS is offered and needed to log in."""
    port = free_port()
    host = MailHost(port)
    server = Controller(
        host,
        hostname="127.0.0.1",
        port=port,
        tls_context=tls,
        authenticator=host.authenticate,
        auth_require_tls=tls is not None,
    )
    server.start()
    try:
        yield host
    finally:
        server.stop()
