r"""Mails to desks that take mail: the letter, a part for their machines, and the findings.

The layout is that of RFC 5965 (multipart/report of type feedback-report); in place of the message that was
complained about, which there is none of, stand the findings as JSON Lines. A draft says so (`X-Unsent`): a
person opens the file and sends it, or has `cases send` do so. Lines end with CR LF, as mail has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from crawler import __version__
from crawler.reporting.channels import channel_of
from crawler.reporting.file_names import addressed_of
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.jsonl import finding_json
from crawler.reporting.letter import FORM, Letter, case_id
from crawler.reporting.looked_at import last_looked_at
from crawler.reporting.text import ascii_url, plain

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.model import Report
    from crawler.reporting.interface import Edition

__all__ = ["Mails", "letter_mail", "notice_mail", "ready"]

_LONGEST_LINE = 900
"""Characters; a line of a mail has at most 998 (RFC 5322, section 2.1.1)."""
_LONGEST_SUBJECT = 200


class Mails:
    """A mail for each letter to a host whose desk takes mail."""

    def __init__(self, edition: Edition) -> None:
        """Write the mails of `edition`."""
        self._edition = edition

    def render(self, reports: Sequence[Report]) -> Iterator[ExportFile]:
        """Yield the mails, in the order of the letters."""
        for letter in Letter(self._edition).render(reports):
            group = [one for one in reports if one.finding.key in letter.findings]
            address = channel_of(group[0].finding.repository, self._edition.software).address
            if address is not None:
                mail = letter_mail(group, address, letter.text, self._edition)
                yield ExportFile(
                    name=f"mail-{letter.name.removeprefix('takedown-').removesuffix('.md')}.eml",
                    text=mail.as_bytes().decode("ascii"),
                    kind=DocumentKind.MAIL,
                    findings=tuple(report.finding.key for report in group),
                    repository=letter.repository,
                )


def letter_mail(
    group: Sequence[Report], address: str, letter: str, edition: Edition
) -> EmailMessage:
    """Return the draft of a mail to `address`: a letter to one host, whose findings are `group`."""
    letter = re.sub(f"^{FORM}.*\\n?", "", letter, flags=re.MULTILINE)
    repositories = {report.finding.repository.path: report for report in group}
    first = group[0].finding.repository
    lines = "".join(f"{json.dumps(finding_json(one), sort_keys=True)}\n" for one in group)
    digest = sha256(f"{address}\0{letter}\0{lines}".encode(errors="replace")).hexdigest()
    about = f"{first.host}/{first.path}"
    if len(repositories) > 1:
        about = f"{len(repositories)} repositories on {first.host}"
    cases = [case_id(addressed_of(report), edition) for report in repositories.values()]
    mail = _draft(f"Malware report: {about}", ", ".join(cases), address, digest, edition)
    mail["Date"] = format_datetime(last_looked_at(group))
    mail["Content-Type"] = f'multipart/report; report-type=feedback-report; boundary="={digest}"'
    for part in (
        _letter(letter),
        _for_machines(
            [one.finding.repository.clone_url for one in repositories.values()], first.host
        ),
        _findings(lines),
    ):
        del part["MIME-Version"]  # which only a whole mail has
        mail.attach(part)
    return mail


def notice_mail(notice: ExportFile, case: str, address: str, edition: Edition) -> EmailMessage:
    """Return the draft of a mail to `address`: a notice, under the id of one of its cases."""
    digest = sha256(f"{address}\0{notice.text}".encode(errors="replace")).hexdigest()
    owner = "" if notice.repository is None else f": {notice.repository.path}"
    mail = _draft(f"A malicious release in your lock files{owner}", case, address, digest, edition)
    mail["Date"] = format_datetime(edition.at)
    del mail["MIME-Version"]
    mail.set_content(notice.text, cte="quoted-printable")
    return mail


def _draft(about: str, case: str, address: str, digest: str, edition: Edition) -> EmailMessage:
    """Return the headers of a mail; what is foreign in `about` is one harmless line there."""
    mail = EmailMessage(policy=SMTP)
    if edition.mail is not None:
        mail["From"] = edition.mail
    mail["To"] = address
    mail["Subject"] = f"{plain(about)[:_LONGEST_SUBJECT]} [case {case}]"
    mail["Message-ID"] = f"<{digest[:32]}@{edition.organisation or 'ghostcrawl.invalid'}>"
    mail["X-Unsent"] = "1"
    mail["MIME-Version"] = "1.0"
    return mail


def ready(draft: EmailMessage, sender: str, at: datetime) -> EmailMessage:
    """Return a draft as it is sent by `sender` (a bare mail address) at `at` (UTC); it changes the draft."""
    for name, value in (("From", sender), ("Date", format_datetime(at)), ("X-Unsent", None)):
        del draft[name]
        if value is not None:
            draft[name] = value
    return draft


def _letter(text: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part.set_content(text, cte="quoted-printable")
    return part


def _for_machines(clone_urls: Iterable[str], host: str) -> EmailMessage:
    """Return the part that RFC 5965 (section 3) wants; each field is one line of ASCII."""
    fields = (
        ("Feedback-Type", "abuse"),
        ("User-Agent", f"ghostcrawl/{__version__}"),
        ("Version", "1"),
        ("Reported-Domain", ascii_url(host)),
        *(("Reported-URI", ascii_url(url.removesuffix(".git"))) for url in clone_urls),
    )
    part = EmailMessage(policy=SMTP)
    part["Content-Type"] = "message/feedback-report"
    part.set_payload("".join(f"{k}: {v}\r\n" for k, v in fields if len(v) <= _LONGEST_LINE))
    return part


def _findings(lines: str) -> EmailMessage:
    part = EmailMessage(policy=SMTP)
    part.set_content(
        lines.encode(),
        maintype="application",
        subtype="jsonl",
        filename="findings.jsonl",
        cte="base64",
    )
    return part
