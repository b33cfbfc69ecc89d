"""`[smtp]`: the server that takes the mails of `cases send`."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, Field

from crawler.errors import ConfigurationError
from workers.passwords import password_in
from workers.settings.paths import AbsolutePath

__all__ = ["SmtpSection"]


class SmtpSection(BaseModel):
    """`[smtp]`: the server that takes the mails of `cases send`. The password never stands here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = ""
    """Name of the server; nothing can be sent without one."""
    port: int = Field(default=587, ge=1, le=65535)
    """465 speaks TLS from the start; on any other port the server has to offer STARTTLS."""
    user: str = ""
    """Empty: nobody logs in."""
    sender: str = ""
    """Mail address that the mails come from; empty: that of `network.operator`."""
    password_env: str = "GHOSTCRAWL_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
    """Name of the environment variable that holds the password."""
    password_file: AbsolutePath | None = None
    """File that holds the password, where the environment does not."""

    def password(self) -> str | None:
        """Return the password of the user; None where there is none, or nobody logs in.

        Raises ConfigurationError for a file that holds none, and for one that cannot be sent.
        """
        if not self.user:
            return None
        password = os.environ.get(self.password_env, "") if self.password_env else ""
        if password and not password.isprintable():
            msg = f"invalid password in {self.password_env}: expected one line of printable text"
            raise ConfigurationError(msg)
        if password or self.password_file is None:
            return password or None
        return password_in(self.password_file)
