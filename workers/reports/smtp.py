"""Hands one mail to a mail server, and tells three ends apart: taken, not taken, and nobody knows."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.policy import SMTP
from typing import TYPE_CHECKING

from crawler.errors import GiveUp

if TYPE_CHECKING:
    from email.message import EmailMessage

__all__ = ["MailServer", "NotSent", "PerhapsSent", "is_loopback"]

_TLS_FROM_THE_START = 465
_SECONDS = 30.0
"""For each answer of the server."""
_TAKEN, _REFUSALS = 2, frozenset({4, 5})
"""First digits of answers (RFC 5321, section 4.2.1)."""


class NotSent(GiveUp):
    """The server has not taken the mail, so it can be sent again."""


class PerhapsSent(GiveUp):
    """The mail was on its way when the server stopped answering: only a mailbox can tell."""


def is_loopback(host: str) -> bool:
    """Say whether `host` is this machine by its name or address; nobody is asked."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mails go. Without TLS it is only spoken to on this machine."""

    host: str
    port: int
    user: str = ""
    password: str | None = field(default=None, repr=False)
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    plain: bool = False
    """Whether TLS is left out; for loopback alone."""

    def send(self, mail: EmailMessage) -> None:
        """Send a mail with one sender and one recipient.

        Raises NotSent where the server has not taken it, PerhapsSent where that cannot be told.
        """
        data = mail.as_bytes(policy=SMTP)
        begun = False
        try:
            with closing(self._connected()) as server:
                self._prepare(server, str(mail["From"]), str(mail["To"]))
                begun = True
                code, said = server.data(data)
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except smtplib.SMTPDataError as error:  # it has not even asked for the text
            raise self._not_sent(error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise (self._perhaps_sent(error) if begun else self._not_sent(error)) from error
        if _class_of(code) in _REFUSALS:
            raise self._not_sent(smtplib.SMTPDataError(code, said))
        if _class_of(code) != _TAKEN:
            raise self._perhaps_sent(smtplib.SMTPDataError(code, said))

    def _connected(self) -> smtplib.SMTP:
        if self.plain:
            return smtplib.SMTP(self.host, self.port, timeout=_SECONDS)
        if self.port == _TLS_FROM_THE_START:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=self.context)
        server = smtplib.SMTP(self.host, self.port, timeout=_SECONDS)
        try:
            server.starttls(context=self.context)
        except BaseException:
            server.close()
            raise
        return server

    def _prepare(self, server: smtplib.SMTP, sender: str, recipient: str) -> None:
        server.ehlo_or_helo_if_needed()
        if self.user:
            server.login(self.user, self.password or "")
        for code, said in (server.mail(sender), server.rcpt(recipient)):
            if _class_of(code) != _TAKEN:
                raise smtplib.SMTPResponseException(code, said)

    def _not_sent(self, error: Exception) -> NotSent:
        return NotSent(f"{self.host}:{self.port} has not taken the mail: {_words(error)}")

    def _perhaps_sent(self, error: Exception) -> PerhapsSent:
        where = f"{self.host}:{self.port}"
        return PerhapsSent(f"{where} gave no answer that says if it took the mail: {_words(error)}")


def _class_of(code: int) -> int:
    return code // 100


def _words(error: Exception) -> str:
    """Return what a server said, which is foreign, on one line of bounded length."""
    said: object = error
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        said = f"{error.smtp_code} {text}"
    return " ".join(str(said).split())[:300]
