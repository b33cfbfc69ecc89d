"""The queue shows what `cases list` lists, in order, page by page, and forms decide as the commands do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.integration.conftest import Played
from tests.servers.consoles import form_secret
from workers.ledger import case_log, cases
from workers.ledger.case_selection import CaseFilter, slice_of
from workers.ledger.cases import Case
from workers.wiring import Wiring

_ALL = "/api/v1/cases?state=all"


def rows(client: httpx.Client, address: str = _ALL) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in client.get(address).json()["rows"]}


def named(client: httpx.Client, path: str) -> dict[str, Any]:
    return next(row for row in rows(client).values() if row["path"] == path)


def send(client: httpx.Client, *chosen: dict[str, Any], **fields: str) -> httpx.Response:
    ticked = [f"{one['key']}.{one['version']}" for one in chosen]
    sent: dict[str, Any] = {"form": form_secret(client), "case": ticked}
    return client.post("/cases", data=sent | fields)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"owner": "demo-01"},
        {"package": "zz-ghost-wallet"},
        {"package": "PYPI/zz-ghost-wallet"},
        {"class": "lure"},
        {"class": "unknown"},
        {"state": "needs-look"},
        {"age": "999999d"},
        {"since": "2036-01-01"},
    ],
    ids=str,
)
def test_a_filter_takes_what_the_command_takes_and_in_its_order_of_urgency(
    reader: httpx.Client, played: Played, filters: dict[str, str]
) -> None:
    words = [word for name, said in filters.items() for word in (f"--{name}", said)]

    ran = played.stage.user("cases", "list", "--sort", "urgency", *words, "--format", "jsonl")
    listed = ran.rows

    shown = reader.get("/api/v1/cases", params=filters).json()["rows"]
    assert [row["key"] for row in shown] == [row["id"] for row in listed]
    assert {row["key"]: row["case_class"] for row in shown} == {
        row["id"]: row["class"] or "unknown" for row in listed
    }


def test_the_most_urgent_come_first_and_pages_leave_nothing_out(wiring: Wiring) -> None:
    found: list[Case] = []
    after = None
    with wiring.ledger.read() as conn:
        while True:
            page = slice_of(conn, CaseFilter(), wiring.clock(), after, 2)
            found += page.cases
            after = page.after
            if after is None:
                break
        everything = {one.key for one in cases.all_cases(conn)}

    order = [(-one.urgency, one.number) for one in found]
    assert order == sorted(order)
    assert {one.key for one in found} == everything
    assert len(found) == len(everything)
    assert [one.class_word for one in found][:3] == ["lure", "lure", "lure"]


def test_one_decision_about_two_cases_is_in_the_log_of_both_and_undone_at_once(
    client: httpx.Client, wiring: Wiring
) -> None:
    first, second = named(client, "demo-04/copy-trader"), named(client, "demo-20/agent")

    sent = send(client, first, second, do="benign", reason="coursework", back="class=unclear")
    page = client.get(sent.headers["location"]).text
    after = rows(client)
    with wiring.ledger.read() as conn:
        of_first = cases.named(conn, first["key"])
        line = case_log.history(conn, of_first.number)[-1]

    assert sent.status_code == 303
    assert sent.headers["location"] == "/cases?class=unclear"
    assert "Benign: 2 cases" in page
    assert [after[one["key"]]["state"] for one in (first, second)] == ["benign", "benign"]
    assert (line.actor, line.reason.text) == ("person", "coursework")
    assert of_first.expires_at is not None
    assert timedelta(days=89) < of_first.expires_at - wiring.clock() < timedelta(days=91)
    assert "Benign: 2 cases" not in client.get("/cases").text

    undone = send(client, *(after[one["key"]] for one in (first, second)), do="undo", reason="no")

    assert undone.status_code == 303
    assert [rows(client)[one["key"]]["state"] for one in (first, second)] == ["needs-look"] * 2


def test_of_several_cases_none_is_changed_where_one_was_changed_meanwhile(
    client: httpx.Client,
) -> None:
    first, second = named(client, "demo-04/copy-trader"), named(client, "demo-20/agent")
    send(client, second, do="note", reason="seen")

    refused = send(client, first, second, do="confirmed", reason="sure")

    assert refused.status_code == 409
    assert f"case {second['key']} has version 3, not 2" in refused.text
    assert rows(client)[first["key"]] == first


def test_of_forms_that_come_at_once_about_one_case_one_is_done(client: httpx.Client) -> None:
    case = named(client, "demo-20/agent")

    def note(number: int) -> int:
        return send(client, case, do="note", reason=f"seen by {number}").status_code

    with ThreadPoolExecutor(8) as analysts:
        answers = sorted(analysts.map(note, range(8)))

    assert answers == [303, *[409] * 7]
    assert named(client, "demo-20/agent")["version"] == case["version"] + 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"do": "confirmed"}, "the reason is empty"),
        ({"do": "confirmed", "reason": "x" * 201}, "longer than 200 characters"),
        ({"do": "benign", "reason": "ok", "expires": "9999d"}, "within the next 365 days"),
        ({"do": "delete", "reason": "ok"}, "say what is decided"),
        ({"do": "assign", "reason": "x" * 61}, "longer than 60 characters"),
        ({"do": "note", "reason": "ok", "case": "1.x"}, "invalid case"),
        ({"do": "note", "reason": "ok", "case": f"1.{'9' * 5_000}"}, "invalid case"),
        ({"do": "note", "reason": "ok", "case": ""}, "no case is chosen"),
        ({"do": "note", "reason": "ok", "case": "none.1"}, "no case has an id"),
    ],
)
def test_a_form_that_is_not_complete_is_refused_with_the_reason(
    reader: httpx.Client, fields: dict[str, str], said: str
) -> None:
    before = rows(reader)

    refused = send(reader, next(iter(before.values())), **fields)

    assert refused.status_code == 409
    assert said in refused.text
    assert rows(reader) == before


@pytest.mark.parametrize(
    "query",
    [
        "state=lost",
        "class=lost",
        "age=soon",
        "since=soon",
        "after=x",
        "after=1.x",
        f"after={'9' * 40}.1",
        f"after={'9' * 20}.1",
        f"after=1.{'9' * 20}",
    ],
)
def test_a_query_that_cannot_be_read_is_said(reader: httpx.Client, query: str) -> None:
    assert reader.get(f"/cases?{query}").status_code == 400
    assert "invalid " in reader.get(f"/cases?{query}").text


def test_reports_count_as_not_sent_only_those_of_whom_somebody_is_told(
    client: httpx.Client,
) -> None:
    def unsent() -> tuple[int, set[str]]:
        (stage, *_) = client.get("/api/v1/reports").json()["stages"]
        return stage["cases"], {row["path"] for row in stage["rows"]}

    before, paths = unsent()
    agent = named(client, "demo-20/agent")
    send(client, agent, do="bystander", reason="a vendored copy")
    send(client, named(client, "demo-20/agent"), do="confirmed", reason="it is pinned there")

    assert named(client, "demo-20/agent")["state"] == "confirmed"
    assert before > 0
    assert unsent() == (before, paths)

    send(client, named(client, "demo-20/agent"), do="victim", reason="their own work")

    assert unsent() == (before + 1, paths | {"demo-20/agent"})
