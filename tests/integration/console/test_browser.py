"""A person works in a real browser: by keys, without JavaScript, with other colours and on a small screen."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from sqlalchemy import update

from tests.servers.ledgers import new_ledger
from tests.servers.many_cases import fill
from tests.servers.terminal import OFFLINE, Terminal
from workers.clock import utc_now
from workers.console.openapi import open_parts
from workers.console.registry import PAGES
from workers.ledger.ledger import Ledger
from workers.ledger.tables import case, repository

_CHROMIUM = Path("/usr/bin/chromium")
_AXE = Path(os.environ.get("GHOSTCRAWL_TEST_TOOLS", "/nonexistent")) / "bin/axe"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _CHROMIUM.exists(), reason="no Chromium; `.ci/run` installs it"),
]
_QUIET = (
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SCRIPT = 'o/"><script>alert(1)</script>'
_HOSTILE = (
    _SCRIPT,
    "o/<img src=http://evil.example/x onerror=alert(1)>",
    "o/\u202egnp{{7*7}}",
    "javascript:alert(1)/https://evil.example/click",
)
_WAITING = "/cases?state=needs-look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A console that listens, and the browser of its user."""

    address: str
    token: str
    browser: Browser

    @contextmanager
    def window(self, *, opened: bool = True, **settings: Any) -> Iterator[Page]:  # noqa: ANN401 - Playwright's own
        """Open a window; every request that leads elsewhere fails the test."""
        context: BrowserContext = self.browser.new_context(base_url=self.address, **settings)
        context.set_default_timeout(60_000)
        page, elsewhere, alerts = context.new_page(), list[str](), list[str]()
        page.on("request", lambda asked: elsewhere.append(asked.url))
        page.on("dialog", lambda box: alerts.append(box.message))
        page.on("pageerror", lambda error: alerts.append(str(error)))
        if opened:
            page.goto(f"/?token={self.token}")
        yield page
        context.close()
        assert [url for url in elsewhere if not url.startswith(f"{self.address}/")] == []
        assert alerts == []


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console of its own, until Ctrl-C; what it logs names no token."""
    user = Terminal.at(tmp_path_factory.mktemp("console"), OFFLINE)
    log = user.folder / "log"
    user.state.mkdir()
    ledger = new_ledger(user.state / "ledger.sqlite")
    fill(ledger, 60, utc_now(), _HOSTILE)
    _join_hostile_ones(ledger)
    ledger.close()
    with (
        log.open("wb") as said,
        subprocess.Popen(
            user.command("-vv", "console", "--port", "0"),
            env=user.process_environment(),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as served,
        sync_playwright() as playwright,
    ):
        assert served.stdout is not None
        address, _, token = served.stdout.readline().strip().partition("/?token=")
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_QUIET))
        yield Console(address=address, token=token, browser=browser)
        browser.close()
        served.send_signal(signal.SIGINT)
        assert served.wait() == 0
    assert token not in log.read_text("utf-8")


def _join_hostile_ones(ledger: Ledger) -> None:
    """Make the cases with hostile names lures of one account, that is a campaign."""
    with ledger.write() as conn:
        named = case.c.repository_id <= len(_HOSTILE)
        conn.execute(update(case).where(named).values(class_set="lure", class_reason="a trap"))
        places = repository.c.id <= len(_HOSTILE)
        conn.execute(update(repository).where(places).values(native_id=repository.c.id))


def states(page: Page) -> dict[str, str]:
    """Return the state of each case, as the API says."""
    found, after = dict[str, str](), ""
    while True:
        answer = page.request.get(f"/api/v1/cases?state=all&after={after}").json()
        found |= {row["key"]: row["state"] for row in answer["rows"]}
        after = answer["after"]
        if after is None:
            return found


def campaign(page: Page) -> str:
    """Return the id of the campaign, which the console finds by itself once it has started."""
    for _ in range(300):
        for row in page.request.get("/api/v1/campaigns").json()["rows"]:
            return str(row["id"])
        page.wait_for_timeout(200)
    pytest.fail("the console follows no campaigns")


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(state for key, state in after.items() if state != before[key])


def test_twenty_cases_are_triaged_by_keys(console: Console) -> None:
    with console.window() as page:
        before = states(page)
        page.goto(_WAITING)

        for key in "cfb" * 6 + "cf":
            page.keyboard.press("j")
            page.keyboard.press(key)
            page.keyboard.type("seen in a browser")
            with page.expect_navigation():
                page.keyboard.press("Enter")
            assert page.locator(".done").is_visible()

        decided = changed(before, states(page))
        page.keyboard.press("u")
        page.locator(".done", has_text="Undo").wait_for()
        page.goto(_WAITING)
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("x")
        ticked = page.locator("#ticked").inner_text()
        page.keyboard.press("?")
        page.get_by_label("Keys are on").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url("**/cases/*")

        assert decided == ["benign"] * 6 + ["confirmed"] * 7 + ["false-positive"] * 7
        assert len(changed(before, states(page))) == 19
        assert ticked.startswith("1 of ")
        log = page.request.get(page.url.replace("/cases/", "/api/v1/cases/")).json()["log"]
        assert log[-1]["event"] == "opened"


def test_twenty_cases_are_triaged_by_forms_without_javascript(console: Console) -> None:
    with console.window(java_script_enabled=False) as page:
        before = states(page)
        page.goto(_WAITING)

        for _ in range(9):
            page.locator("[data-row] input").first.check()
            page.locator("select[name=do]").select_option("benign")
            page.locator(".decide input[name=reason]").fill("seen without a script")
            page.locator(".decide button").click()
        for number in range(10):
            page.locator("[data-row] input").nth(number).check()
        page.locator("select[name=do]").select_option("false-positive")
        page.locator(".decide input[name=reason]").fill("all of one kind")
        page.locator(".decide button").click()
        page.locator("[data-row] a").first.click()
        page.locator(".deciding input[name=reason]").fill("looked at closely")
        page.get_by_role("button", name="Confirm").click()

        assert changed(before, states(page)) == (
            ["benign"] * 9 + ["confirmed"] + ["false-positive"] * 10
        )
        assert "looked at closely" in page.locator("#log + p + .log").inner_text()


@pytest.mark.skipif(not _AXE.exists(), reason="no axe-core; `.ci/tools` installs it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_on_any_page(console: Console, scheme: str, width: int) -> None:
    with console.window(color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        key = next(iter(states(page)))
        paths = [one.path for one in PAGES if not open_parts(one.path)]
        for path in (*paths, f"/cases/{key}", f"/campaigns/{campaign(page)}", "/nothing"):
            page.goto(path)
            page.evaluate(_AXE.read_text("utf-8"))
            found = page.evaluate("axe.run({resultTypes: ['violations']})")
            wrong = [
                (one["id"], [node["html"] for node in one["nodes"]][:3])
                for one in found["violations"]
            ]

            assert (path, wrong) == (path, [])
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_of_strangers_do_nothing_and_lead_nowhere(console: Console) -> None:
    with console.window() as page:
        for path in _HOSTILE:
            page.goto(f"/cases?state=all&owner={path.partition('/')[0]}")
            page.locator("[data-row] a", has_text=path[-7:]).first.click()

            assert path[-7:] in page.locator("h1").inner_text()
            links = page.evaluate("[...document.links].map((link) => link.origin)")
            assert set(links) <= {console.address, "https://git.example"}


def test_another_site_changes_nothing_and_a_guessed_token_opens_nothing(console: Console) -> None:
    with console.window() as page:
        before = states(page)
        key = next(key for key, state in before.items() if state == "needs-look")
        form = (
            f'<form method="post" action="{console.address}/cases">'
            f'<input name="case" value="{key}.2"><input name="do" value="confirmed">'
            '<input name="reason" value="x"><button>win</button></form>'
        )

        answers = list(_sent_from_elsewhere(console, form))

        assert [status for status in answers if status != 403] == []
        assert answers
        assert states(page) == before
    with console.window(opened=False) as stranger:
        for address in ("/cases", f"/?token={console.token[:-1]}", "/cases?token="):
            answer = stranger.goto(address)
            assert answer is not None
            assert answer.status == 401


def _sent_from_elsewhere(console: Console, form: str) -> Iterator[int]:
    """Let a page of another site, in a browser with the session, send a form; yield what it is answered."""
    context = console.browser.new_context()
    page = context.new_page()
    page.goto(f"{console.address}/?token={console.token}")

    def answer(route: Route) -> None:
        route.fulfill(body=form, content_type="text/html")

    page.route("http://evil.example/**", answer)
    page.goto("http://evil.example/")
    with page.expect_response(f"{console.address}/cases") as told:
        page.get_by_role("button").click()
    yield told.value.status
    context.close()
