"""From a case to the one mail about it: what it is, whom it may reach, and that it leaves once.

Before a mail leaves, the log of each of its cases says so, and the cases are reported. Whatever happens then,
no second one is sent: only where the server has refused the mail is that taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from crawler.errors import UsageError
from crawler.model import CaseClass, CaseEvent, CaseState, states_before
from crawler.reporting.accusation import HELD_BACK, accused_repositories, bar_of, class_of
from crawler.reporting.channels import channel_of
from crawler.reporting.file_names import addressed_of
from crawler.reporting.letter import Letter
from crawler.reporting.mail import letter_mail, notice_mail, ready
from crawler.reporting.notice import Notice, is_opted_out
from crawler.reporting.reminder import reminder
from crawler.reporting.text import utc
from workers.ledger import case_decisions, case_log, case_reports, cases
from workers.ledger.case_following import follow
from workers.ledger.sql.statements import in_turn
from workers.reports.smtp import NotSent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from email.message import EmailMessage

    from sqlalchemy import Connection

    from crawler.model import Report
    from crawler.reporting import ExportFile
    from crawler.reporting.channels import Channel
    from workers.ledger.case_following import CasePolicy
    from workers.ledger.cases import Case
    from workers.ledger.ledger import Ledger
    from workers.steps.drafting import Drafts

__all__ = ["Outgoing", "Sender", "form_of", "letter_of", "outgoing", "reminder_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A mail, with the cases that it is about."""

    mail: EmailMessage
    text: str
    """The letter or the notice in it."""
    cases: tuple[Case, ...]
    case_class: CaseClass
    channel: str
    """How the log calls the way that it takes; no owner's address stands there."""


def letter_of(one: Case, made: Drafts) -> tuple[ExportFile, Sequence[Report]]:
    """Return the letter about a lure and the findings in it; UsageError where there may be none."""
    cases.check(one, CaseEvent.REPORTED)
    own = [report for report in made.reports if report.repository_number == one.number]
    if own and class_of(own[0]) is not CaseClass.LURE:
        msg = f"case {one.key} is of class {class_of(own[0])}: letters are about lures only"
        raise UsageError(msg)
    for letter in Letter(made.edition).render(own):
        for group in accused_repositories(own, made.edition.at):
            if addressed_of(group[0]) == letter.repository:
                return letter, group
    raise _nothing_to_tell(one, own, made)


def form_of(one: Case, group: Sequence[Report], made: Drafts) -> str:
    """Return the address of the desk's form, filled in; UsageError where there is none, with what to do instead."""
    channel = channel_of(group[0].finding.repository, made.edition.software)
    if channel.form is not None:
        return channel.form
    way = _other_ways(one, channel)
    if channel.address is not None:
        way = f"It takes mail: run `cases send {one.key}`"
    msg = f"the desk of {one.host} has no form that can be filled in. {way}"
    raise UsageError(msg)


def _other_ways(one: Case, channel: Channel) -> str:
    return (
        f"Find out how it takes reports ({channel.how}). By mail: `cases send {one.key} --to ADDRESS`. Any "
        f"other way: paste the letter that `report` writes, then note it with `cases reported {one.key} "
        "--channel WAY`"
    )


def reminder_of(one: Case, made: Drafts) -> str:
    """Return a reminder of the report of a lure; UsageError where it says nothing that holds now, or was answered."""
    sent = next((x for x in made.told if x.key == one.key), None)
    if sent is None or one.state is not CaseState.REPORTED:
        msg = f"case {one.key} is {one.state}: reminders are for reported cases only"
        raise UsageError(msg)
    if sent.noticed:
        msg = f"case {one.key} was told to its owner, whom nobody reminds"
        raise UsageError(msg)
    own = [report for report in made.reports if report.finding.key in sent.accused]
    for group in accused_repositories(own, made.edition.at):
        return reminder(group, sent.channels, sent.at, made.edition)
    raise _nothing_to_tell(one, own, made)


def _nothing_to_tell(one: Case, own: Sequence[Report], made: Drafts) -> UsageError:
    bars = {bar_of(report, made.edition.at) for report in own}
    why = "; ".join(text for bar, text in HELD_BACK.items() if bar in bars)
    return UsageError(f"case {one.key} has nothing that may be told: {why or 'no finding holds'}")


def outgoing(conn: Connection, one: Case, made: Drafts, to: str | None) -> Outgoing:
    """Return the mail about a case: of a lure the letter to the desk, of a victim the notice to the owner.

    Args:
        conn: Any connection.
        one: The case.
        made: What a report is written of now.
        to: A mail address; None for that of the desk.

    Raises UsageError where none may be sent, and where no address is known.
    """
    _check_unsure(conn, one)
    cases.check(one, CaseEvent.SENDING)
    classes = {class_of(x) for x in made.reports if x.repository_number == one.number}
    if CaseClass.VICTIM in classes:
        return _notice(conn, one, made, to)
    letter, group = letter_of(one, made)
    channel = channel_of(group[0].finding.repository, made.edition.software)
    address = to or channel.address
    if address is None:
        way = (
            _other_ways(one, channel)
            if channel.form is None
            else (f"Run `cases open {one.key}` for its form, or name an address with --to")
        )
        msg = f"no mail address of the desk of {one.host} is known. {way}"
        raise UsageError(msg)
    return Outgoing(
        mail=letter_mail(group, address, letter.text, made.edition),
        text=letter.text,
        cases=(one,),
        case_class=CaseClass.LURE,
        channel=f"mail to {address}",
    )


def _check_unsure(conn: Connection, one: Case) -> None:
    log = case_log.history(conn, one.number)
    if not case_reports.is_unsure(log):
        return
    last = next(line for line in reversed(log) if line.event is CaseEvent.SENDING)
    msg = (
        f"the mail of case {one.key} may have been sent at {utc(last.at)} ({last.reason.text}): look for it in the "
        f"mailbox. If it left, say so with `cases note {one.key} --text ...`; if not, take it back with "
        f"`cases undo {one.key} --reason ...`"
    )
    raise UsageError(msg)


def _notice(conn: Connection, one: Case, made: Drafts, to: str | None) -> Outgoing:
    _check_owner(one, made)
    if to is None:
        msg = f"case {one.key} is of a victim: name the mail address of the owner with --to"
        raise UsageError(msg)
    may_be_told = states_before(CaseEvent.SENDING)
    open_ones = {x.number: x for x in cases.all_cases(conn) if x.state in may_be_told}
    reports = [x for x in made.reports if x.repository_number in open_ones]
    numbers = {x.finding.key: x.repository_number for x in reports}
    for notice in Notice(made.edition).render(reports):
        about = dict.fromkeys(open_ones[n] for k in notice.findings if (n := numbers[k]))
        if one in about:
            return Outgoing(
                mail=notice_mail(notice, one.key, to, made.edition),
                text=notice.text,
                cases=tuple(about),
                case_class=CaseClass.VICTIM,
                channel="notice by mail",
            )
    raise _nothing_to_tell(one, [x for x in reports if x.repository_number == one.number], made)


def _check_owner(one: Case, made: Drafts) -> None:
    """Raise UsageError for who wants no notices, and for who had one: nobody is told twice unasked."""
    if is_opted_out(one.host, one.path, made.edition):
        msg = f"{one.host}/{one.owner} is on the list of those who want no notices"
        raise UsageError(msg)
    for sent in made.told:
        where, owner = sent.repository, sent.repository.path.partition("/")[0]
        same = (where.host, owner.casefold()) == (one.host, one.owner.casefold())
        if sent.noticed and same:
            msg = f"{one.host}/{one.owner} had a notice already, of case {sent.key}: {'; '.join(sent.channels)}"
            raise UsageError(msg)


class _Server(Protocol):
    def send(self, mail: EmailMessage) -> None:
        """Send; raises NotSent where it surely was not."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends the mail about a case, and keeps the log of it."""

    ledger: Ledger
    server: _Server
    address: str
    """Where the mails come from."""
    clock: Callable[[], datetime]
    policy: CasePolicy

    def send(self, compose: Callable[[Connection], Outgoing], operator: str) -> Outgoing:
        """Send what `compose` returns, for whom the log calls `operator`; return it.

        Raises UsageError as `outgoing` does, NotSent where the server has not taken it, and PerhapsSent where
        nobody knows; then the cases stay reported until a person has looked.
        """
        sent = self.ledger.transaction(lambda conn: self._begin(conn, compose, operator))
        try:
            self.server.send(sent.mail)
        except NotSent as error:
            why = str(error)
            self.ledger.transaction(lambda conn: self._take_back(conn, sent, why))
            raise
        self.ledger.transaction(lambda conn: self._end(conn, sent))
        return sent

    def _begin(
        self, conn: Connection, compose: Callable[[Connection], Outgoing], operator: str
    ) -> Outgoing:
        in_turn(conn, "findings")
        made, now = compose(conn), self.clock()
        ready(made.mail, self.address, now)
        text = f"{made.mail['Message-ID']}, by {operator}"
        for one in made.cases:
            case_decisions.begin_sending(conn, one, made.channel, text, now, made.case_class)
        return made

    def _take_back(self, conn: Connection, sent: Outgoing, why: str) -> None:
        now = self.clock()
        for one in self._as_they_are(conn, sent).values():
            try:
                if case_reports.is_unsure(case_log.history(conn, one.number)):
                    case_decisions.undo(conn, one, why, now)
            except (
                UsageError
            ):  # the program has moved it meanwhile; it stays as it is, and the log says why
                case_decisions.note(conn, one, why, now)
        follow(conn, [one.number for one in sent.cases], now, self.policy)

    def _end(self, conn: Connection, sent: Outgoing) -> None:
        now = self.clock()
        for one in self._as_they_are(conn, sent).values():
            case_decisions.end_sending(conn, one, sent.channel, now)
        follow(conn, [one.number for one in sent.cases], now, self.policy)

    @staticmethod
    def _as_they_are(conn: Connection, sent: Outgoing) -> dict[int, Case]:
        in_turn(conn, "findings")
        return cases.of_repositories(conn, [one.number for one in sent.cases])
