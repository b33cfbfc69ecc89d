"""Only a browser of this user is answered, and only our own pages change anything."""

from __future__ import annotations

import httpx
import pytest

from tests.servers.consoles import TOKEN, client_of, form_secret
from workers.wiring import Wiring

_NOTE = {"do": "note", "reason": "seen"}


def first(client: httpx.Client) -> dict[str, object]:
    row: dict[str, object] = client.get("/api/v1/cases").json()["rows"][0]
    return row


@pytest.mark.parametrize("path", ["/", "/cases", "/static/console.css", "/api/v1/cases"])
def test_who_has_not_shown_the_token_is_refused(unchanged: Wiring, path: str) -> None:
    stranger = client_of(unchanged, opened=False)

    assert stranger.get(path).status_code == 401
    assert stranger.get(path, params={"token": "guessed"}).status_code == 401
    assert stranger.get(path, headers={"Authorization": "Bearer guessed"}).status_code == 401
    assert "cases" not in stranger.get(path).text


def test_the_token_begins_a_session_and_leaves_the_address(unchanged: Wiring) -> None:
    browser = client_of(unchanged, opened=False)

    welcomed = browser.get("/cases", params={"token": TOKEN, "owner": "demo-01"})

    assert welcomed.status_code == 303
    assert welcomed.headers["location"] == "/cases?owner=demo-01"
    assert "HttpOnly; Path=/; SameSite=strict" in welcomed.headers["set-cookie"]
    assert TOKEN not in welcomed.headers["set-cookie"]
    assert browser.get("/cases").status_code == 200


def test_a_program_may_read_with_the_token_and_change_nothing(unchanged: Wiring) -> None:
    program = client_of(unchanged, opened=False)
    program.headers["Authorization"] = f"Bearer {TOKEN}"

    assert program.get("/api/v1/cases").status_code == 200
    assert program.post("/cases", data=_NOTE).status_code == 401


@pytest.mark.parametrize(
    "name", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:8642"]
)
def test_another_name_for_this_machine_is_refused(reader: httpx.Client, name: str) -> None:
    assert reader.get("/cases", headers={"Host": name}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_form_of_another_site_is_refused(reader: httpx.Client, headers: dict[str, str]) -> None:
    sent = _NOTE | {"form": form_secret(reader)}

    assert reader.post("/cases", data=sent, headers=headers).status_code == 403


def test_a_form_without_the_secret_of_our_pages_changes_nothing(reader: httpx.Client) -> None:
    row = first(reader)
    sent = _NOTE | {"case": f"{row['key']}.{row['version']}"}

    refused = [
        reader.post("/cases", data=sent),
        reader.post("/cases", data=sent | {"form": "guessed"}),
        reader.post("/cases", json=sent | {"form": form_secret(reader)}),
    ]

    assert [one.status_code for one in refused] == [409, 409, 409]
    assert first(reader) == row


def test_a_form_that_is_too_large_is_refused(reader: httpx.Client) -> None:
    sent = _NOTE | {"form": form_secret(reader), "case": "x" * 70_000}

    answer = reader.post("/cases", data=sent)

    assert answer.status_code == 409
    assert "larger than 65,536 bytes" in answer.text


@pytest.mark.parametrize("path", ["/cases", "/nothing", "/static/console.js", "/api/v1/cases"])
def test_every_answer_lets_the_browser_load_and_run_only_what_is_ours(
    reader: httpx.Client, path: str
) -> None:
    headers = reader.get(path).headers

    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "address",
    [
        *("/cases?owner=%00", "/cases?package=a%00b", "/cases?a%00b=c", "/ghost?what=x%00"),
        *("/cases/a%00b", "/campaigns/%00", "/feeds?left=%00&right=x", "/coverage?host=%00"),
    ],
)
def test_a_nul_character_is_refused_before_any_database_is_asked(
    reader: httpx.Client, address: str
) -> None:
    page, answer = reader.get(address), reader.get(f"/api/v1{address}")

    assert (page.status_code, answer.status_code) == (400, 400)
    assert "contains a NUL character" in page.text
    assert "contains a NUL character" in answer.json()["error"]


@pytest.mark.parametrize("field", ["reason", "case", "back", "do", "expires"])
def test_a_nul_character_in_a_form_is_refused(reader: httpx.Client, field: str) -> None:
    sent = _NOTE | {"form": form_secret(reader)} | {field: "a\0b"}

    refused = reader.post("/cases", data=sent)

    assert refused.status_code == 400
    assert "contains a NUL character" in refused.text
