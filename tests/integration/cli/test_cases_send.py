"""A person opens the form of a desk, or sends the one mail about a case."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from crawler.reporting.interface import Addressed
from crawler.reporting.letter import case_of
from tests.integration.conftest import Played
from tests.servers.mail_server import At, MailHost, mail_host
from tests.servers.terminal import Terminal
from tests.servers.waiting import eventually

REALLY = ("--really", "--operator", "night shift")


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    with mail_host() as served:
        yield served


@pytest.fixture(scope="module")
def elsewhere(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """The user of the small world, whose hosts are called like two with known desks."""
    user = played.go_on(tmp_path_factory.mktemp("elsewhere") / "user").user
    ledger = user.state / "ledger.sqlite"
    with sqlite3.connect(ledger) as conn:
        script = "\n".join(conn.iterdump())
    conn.close()
    ledger.unlink()
    renamed = script.replace("github.example", "github.com").replace(
        "forge.example", "codeberg.org"
    )
    with sqlite3.connect(ledger) as conn:
        conn.executescript(renamed)
    conn.close()
    return user


@pytest.fixture
def user(elsewhere: Terminal, host: MailHost, tmp_path: Path) -> Terminal:
    """The same, with a mail server; what the test changes is its own."""
    host.ends = At.NEVER
    host.taken.clear()
    return with_mail(elsewhere, host, tmp_path / "user")


@pytest.fixture(scope="module")
def unchanged(
    elsewhere: Terminal, host: MailHost, tmp_path_factory: pytest.TempPathFactory
) -> Terminal:
    """The same, for tests that change nothing."""
    return with_mail(elsewhere, host, tmp_path_factory.mktemp("unchanged") / "user")


def with_mail(elsewhere: Terminal, host: MailHost, folder: Path) -> Terminal:
    shutil.copytree(elsewhere.folder, folder, ignore=shutil.ignore_patterns("broker"))
    with (folder / "ghostcrawl.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[smtp]\nhost = "127.0.0.1"\nport = {host.port}\n')
        file.write('\n[report]\nopt_out = "opt-out"\n')
    (folder / "opt-out").touch()
    return replace(elsewhere, folder=folder)


def case_at(path: str, host: str = "forge.example") -> str:
    """Return the id of a case, which is older than the new name of its host."""
    return case_of(Addressed(host=host, path=path, number=None))


LURE, VICTIM, UNCLEAR = (
    case_at("demo-03/mint-bot"),
    case_at("demo-22/agent"),
    case_at("demo-20/agent", "git.example"),
)
WITH_FORM = case_at("demo-01/trading-bot", "github.example")


def shown(user: Terminal, key: str) -> tuple[str, list[str]]:
    (row,) = user("cases", "show", key, "--format", "json").rows
    return row["state"], [line["event"] for line in row["log"]]


def received(host: MailHost) -> EmailMessage:
    (envelope,) = host.taken
    assert isinstance(envelope.content, bytes)
    read = message_from_bytes(envelope.content, policy=default)
    assert isinstance(read, EmailMessage)
    return read


@pytest.mark.slow  # a process of its own
def test_the_form_of_a_desk_is_printed_or_opened_and_nothing_is_noted(
    user: Terminal, tmp_path: Path
) -> None:
    key = WITH_FORM
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{opened}"\n', "utf-8")
    browser.chmod(0o700)
    before = shown(user, key)

    printed = user("cases", "open", key, "--print")
    ran = replace(user, environment={**user.environment, "BROWSER": f"{browser} %s"}).process(
        "cases", "open", key
    )

    link = (
        "https://github.com/contact/report-content?content_url=https%3A%2F%2Fgithub.com%2Fdemo-01"
        "%2Ftrading-bot&report=demo-01+%28user%29"
    )
    assert (printed.code, printed.out) == (0, f"{link}\n")
    assert (ran.code, ran.out, opened.read_text("utf-8")) == (0, "", link)
    assert f"`cases reported {key} --channel form`" in ran.err
    assert shown(user, key) == before


def test_a_letter_is_shown_and_only_then_sent_and_once(user: Terminal, host: MailHost) -> None:
    key = LURE

    preview = user("cases", "send", key)
    before = list(host.taken)
    sent = user("cases", "send", key, *REALLY)
    again = user("cases", "send", key, *REALLY)

    mail = received(host)
    assert (preview.code, before) == (0, [])
    assert "To: abuse@codeberg.org\n" in preview.out
    assert "Please review the repository `https://" in preview.out
    assert "nothing was sent; add --really" in preview.err
    assert (sent.code, sent.out) == (0, "")
    assert (mail["To"], mail["From"]) == ("abuse@codeberg.org", "demo@git.example")
    assert f"[case {key}]" in mail["Subject"]
    assert "X-Unsent" not in mail
    assert mail.get_content_type() == "multipart/report"
    assert again.code == 2
    assert f"case {key} is reported: sending is for" in again.err
    assert shown(user, key) == ("reported", ["opened", "questioned", "cleared", "sending", "sent"])
    line = user("cases", "show", key, "--format", "text").out
    assert f"reported: {mail['Message-ID']}, by night shift (mail to abuse@codeberg.org)" in line
    undo = user("cases", "undo", key, "--reason", "x")
    assert undo.code == 2
    assert "has moved since that (sent at" in undo.err


@pytest.mark.parametrize("ends", [At.RECIPIENT_REFUSED, At.TEXT_REFUSED])
def test_what_the_server_refuses_was_not_reported_and_may_be_sent_again(
    user: Terminal, host: MailHost, ends: At
) -> None:
    key = LURE
    host.ends = ends

    ran = user("cases", "send", key, *REALLY)
    state = shown(user, key)
    host.ends = At.NEVER
    again = user("cases", "send", key, *REALLY)

    assert ran.code == 3
    assert "has not taken the mail: 55" in ran.err
    assert "\x1b[31m" not in ran.err
    assert state == ("confirmed", ["opened", "questioned", "cleared", "sending", "undone"])
    assert (again.code, len(host.taken)) == (0, 1)


def test_where_nobody_knows_if_it_left_a_person_looks_before_a_second_one(
    user: Terminal, host: MailHost
) -> None:
    key = LURE
    host.ends = At.HUNG_UP_AFTER_TEXT

    lost = user("cases", "send", key, *REALLY)
    host.ends = At.NEVER
    second = user("cases", "send", key, *REALLY)
    unsure = len(host.taken)
    user("cases", "undo", key, "--reason", "it is not in the mailbox")
    third = user("cases", "send", key, *REALLY)

    assert lost.code == 3
    assert "gave no answer that says if it took the mail" in lost.err
    assert second.code == 2
    assert f"the mail of case {key} may have been sent at " in second.err
    assert f"cases undo {key}" in second.err
    assert unsure == 1
    assert (third.code, len(host.taken)) == (0, 2)


@pytest.mark.slow  # a process of its own
def test_a_process_that_dies_while_it_sends_sends_no_second_mail(
    user: Terminal, host: MailHost
) -> None:
    key = LURE
    host.ends = At.SILENT_AFTER_TEXT
    child = subprocess.Popen(
        user.command("cases", "send", key, *REALLY),
        env=user.process_environment(),
        cwd=user.folder,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: len(host.taken) == 1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    host.ends = At.NEVER

    again = user("cases", "send", key, *REALLY)
    noted = user("cases", "note", key, "--text", "it is in the mailbox: it left")
    third = user("cases", "send", key, *REALLY)

    assert (again.code, noted.code, third.code) == (2, 0, 2)
    assert "may have been sent at" in again.err
    assert f"case {key} is reported" in third.err
    assert len(host.taken) == 1


def test_a_notice_goes_to_the_owner_of_a_victim_once_and_to_nobody_who_wants_none(
    user: Terminal, host: MailHost
) -> None:
    key = VICTIM
    to = ("--to", "owner@victim.example")
    (user.folder / "opt-out").write_text("codeberg.org/demo-22\n", "utf-8")

    refused = user("cases", "send", key, *to, *REALLY)
    (user.folder / "opt-out").write_text("", "utf-8")
    nowhere = user("cases", "send", key, *REALLY)
    sent = user("cases", "send", key, *to, *REALLY)

    mail = received(host)
    assert (refused.code, nowhere.code, sent.code) == (2, 2, 0)
    assert "codeberg.org/demo-22 is on the list of those who want no notices" in refused.err
    assert "name the mail address of the owner with --to" in nowhere.err
    assert (mail["To"], mail.get_content_type()) == ("owner@victim.example", "text/plain")
    assert f"\nCase: {key}\n" in mail.get_content().replace("\r\n", "\n")
    assert "owner@victim.example" not in user("cases", "show", key).out
    assert shown(user, key)[0] == "reported"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("open", LURE, "--print"),
            "codeberg.org has no form that can be filled in. It takes mail: run `cases send ",
        ),
        (("open", VICTIM, "--print"), "is of class victim: letters are"),
        (("open", UNCLEAR, "--print"), "is needs-look: reported is for"),
        (("send", UNCLEAR, *REALLY), "is needs-look: sending is for"),
        (("send", WITH_FORM, *REALLY), "desk of github.com is known. Run `cases open "),
        (("send", LURE, "--really"), "--operator LABEL"),
        (("send", LURE, "--really", "--operator", " "), "--operator LABEL"),
        (("send", LURE, "--to", "a@b.example\nBcc: c@d.example", *REALLY), "one mail address"),
        (("send", LURE, "--to", "a@b.example, c@d.example", *REALLY), "one mail address"),
    ],
)
def test_what_may_not_be_sent_is_refused(
    unchanged: Terminal, host: MailHost, words: tuple[str, ...], said: str
) -> None:
    host.taken.clear()

    ran = unchanged("cases", *words)

    assert (ran.code, ran.out, host.taken) == (2, "", [])
    assert said in ran.err


def test_without_a_mail_server_or_an_address_of_ones_own_nothing_is_sent(user: Terminal) -> None:
    key = LURE
    file = user.folder / "ghostcrawl.toml"
    text = file.read_text("utf-8")

    file.write_text(text.replace('host = "127.0.0.1"', ""), "utf-8")
    no_server = user("cases", "send", key, *REALLY)
    file.write_text(text.replace("demo@git.example", "nobody"), "utf-8")
    no_address = user("cases", "send", key, *REALLY)

    assert (no_server.code, no_address.code) == (4, 4)
    assert "set [smtp] host" in no_server.err
    assert "set [network] operator" in no_address.err
    assert shown(user, key)[0] == "confirmed"
