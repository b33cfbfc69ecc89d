"""Mails to desks, as a mail program reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest

from crawler.model import Confidence, FindingStatus, Report
from crawler.reporting.interface import (
    Addressed,
    DocumentKind,
    Edition,
    ExportFile,
    Selection,
)
from crawler.reporting.letter import Letter
from crawler.reporting.mail import Mails, letter_mail, notice_mail
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import answered, confirmed, found, matched
from tests.values import NOW, REPOSITORY

EDITION = Edition(at=NOW + timedelta(hours=1), contact="desk@operator.example")


def on(report: Report, host: str) -> Report:
    return found(report, repository=replace(report.finding.repository, host=host))


ON_GITLAB = on(confirmed(), "gitlab.com")


def documents(*reports: Report, edition: Edition = EDITION) -> list[ExportFile]:
    return list(Mails(edition).render(reports))


def mail(*reports: Report, edition: Edition = EDITION) -> EmailMessage:
    (document,) = documents(*reports, edition=edition)
    read = message_from_bytes(document.text.encode("ascii"), policy=default)
    assert isinstance(read, EmailMessage)
    assert [part.defects for part in read.walk()] == [[]] * len(list(read.walk()))
    return read


def parts(read: EmailMessage) -> list[EmailMessage]:
    return [part for part in read.iter_parts() if isinstance(part, EmailMessage)]


def test_it_goes_to_the_desk_of_the_host_from_the_operator() -> None:
    read = mail(ON_GITLAB)

    assert read["To"] == "abuse@gitlab.com"
    assert read["From"] == "desk@operator.example"
    assert read["Subject"] == "Malware report: gitlab.com/acme/task [case ec1022ec31c1]"
    assert read["X-Unsent"] == "1"


def test_it_is_a_feedback_report_of_three_parts() -> None:
    read = mail(ON_GITLAB)

    assert read.get_content_type() == "multipart/report"
    assert read.get_param("report-type") == "feedback-report"
    assert [part.get_content_type() for part in parts(read)] == [
        "text/plain",
        "message/feedback-report",
        "application/jsonl",
    ]


def test_its_text_is_the_letter() -> None:
    (letter,) = Letter(EDITION).render([ON_GITLAB])

    said = parts(mail(ON_GITLAB))[0].get_content().replace("\r\n", "\n")

    assert said == letter.text


def test_a_mail_has_no_link_to_the_form_that_stands_in_the_letter() -> None:
    report = on(confirmed(), "github.com")
    (letter,) = Letter(EDITION).render([report])

    sent = letter_mail([report], "desk@github.com", letter.text, EDITION)

    assert "\nForm, filled in: <https://github.com/contact/" in letter.text
    assert parts(sent)[0].get_content().startswith(letter.text[:40])
    assert "report-content" not in parts(sent)[0].get_content()


def test_its_part_for_machines_says_what_is_reported() -> None:
    inner = parts(mail(ON_GITLAB))[1].get_payload(0)

    assert isinstance(inner, EmailMessage)
    assert dict(inner.items()) == {
        "Feedback-Type": "abuse",
        "User-Agent": "ghostcrawl/0.1.0",
        "Version": "1",
        "Reported-Domain": "gitlab.com",
        "Reported-URI": "https://git.example/acme/task",
    }


def test_its_last_part_is_the_findings() -> None:
    lines = parts(mail(ON_GITLAB))[2].get_content().decode().splitlines()

    assert [json.loads(line)["id"] for line in lines] == [ON_GITLAB.finding.key]


def test_its_date_is_that_of_the_last_look_and_its_id_is_of_what_it_says() -> None:
    read, other = mail(ON_GITLAB), mail(replace(ON_GITLAB, run_id="run-2"))

    assert parsedate_to_datetime(read["Date"]) == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert read["Message-ID"].endswith("@operator.example>")
    assert read["Message-ID"] != other["Message-ID"]


def test_writing_it_again_a_day_later_changes_no_byte() -> None:
    (before,) = documents(ON_GITLAB)
    (after,) = documents(ON_GITLAB, edition=replace(EDITION, at=NOW + timedelta(hours=20)))

    assert before.text == after.text


def test_its_lines_are_those_of_mail() -> None:
    (document,) = documents(ON_GITLAB)

    assert document.text.endswith("\r\n")
    assert "\n" not in document.text.replace("\r\n", "")


@pytest.mark.parametrize("contact", [None, "me@x.example\r\nBcc: you@x.example", "not an address"])
def test_without_a_known_sender_the_mail_program_fills_one_in(contact: str | None) -> None:
    read = mail(ON_GITLAB, edition=replace(EDITION, contact=contact))

    assert read["From"] is None
    assert read["Bcc"] is None
    assert read["Message-ID"].endswith("@ghostcrawl.invalid>")


@pytest.mark.parametrize("host", ["github.com", "bitbucket.org", "gitee.com", "git.example"])
def test_a_desk_without_a_known_address_gets_no_mail(host: str) -> None:
    assert documents(on(confirmed(), host)) == []


@pytest.mark.parametrize(
    "report",
    [
        answered(404),
        matched(confirmed(), confidence=Confidence.LIKELY),
        replace(confirmed(), status=FindingStatus.RETRACTED),
        matched(confirmed(), verdict=None),
    ],
)
def test_what_no_letter_may_accuse_makes_no_mail(report: Report) -> None:
    assert documents(on(report, "gitlab.com")) == []


def test_each_repository_has_a_mail_of_its_own() -> None:
    other = found(
        confirmed(), key="f" * 64, repository=replace(REPOSITORY, host="codeberg.org", path="a/b")
    )

    assert [one.name for one in documents(ON_GITLAB, other)] == [
        "mail-codeberg.org-a_b-17.eml",
        "mail-gitlab.com-acme_task-17.eml",
    ]


@pytest.mark.parametrize("trap", TRAPS)
def test_hostile_text_adds_no_header_no_part_and_no_long_line(trap: str) -> None:
    report = on(hostile(trap), "gitlab.com")
    (document,) = documents(report)
    read = mail(report)

    assert sorted(read.keys()) == [
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
        "X-Unsent",
    ]
    assert read["To"] == "abuse@gitlab.com"
    assert len(parts(read)) == 3
    assert str(read["Subject"]).isprintable()
    assert max(len(line) for line in document.text.split("\r\n")) <= 998
    inner = parts(read)[1].get_payload(0)
    assert isinstance(inner, EmailMessage)
    assert set(inner.keys()) <= {
        "Feedback-Type",
        "User-Agent",
        "Version",
        "Reported-Domain",
        "Reported-URI",
    }


def test_the_letter_about_several_repositories_is_one_mail() -> None:
    place = replace(ON_GITLAB.finding.repository, path="acme/b")
    other = replace(found(ON_GITLAB, repository=place, key="b" * 64), repository_number=18)
    chosen = Selection(name="owner:gitlab.com/acme", repositories=frozenset({17, 18}))

    read = mail(ON_GITLAB, other, edition=replace(EDITION, selection=chosen))
    letter, machines, findings = parts(read)

    assert read["Subject"].startswith("Malware report: 2 repositories on gitlab.com [case ")
    assert "Malware report: 2 repositories on " in letter.get_content()
    assert machines.as_string().count("Reported-URI: ") == 2
    assert len(findings.get_content().splitlines()) == 2


@pytest.mark.parametrize(
    ("repository", "subject"),
    [
        (
            Addressed(host="git.example", path="acme/task", number=None),
            "A malicious release in your lock files: acme/task [case 0123]",
        ),
        (None, "A malicious release in your lock files [case 0123]"),
    ],
)
def test_the_subject_of_a_notice_names_the_repository_where_it_is_about_one(
    repository: Addressed | None, subject: str
) -> None:
    notice = ExportFile(
        name="n.md", text="x\n", kind=DocumentKind.NOTICE, findings=(), repository=repository
    )

    assert notice_mail(notice, "0123", "a@b.example", EDITION)["Subject"] == subject
