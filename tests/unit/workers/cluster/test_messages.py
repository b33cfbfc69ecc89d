from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from crawler.errors import Malformed
from tests.hostile.messages import DECORATED, envelope, huge, refused
from workers.cluster.messages import checked, checked_unacknowledged

REFUSED = refused(Path("/nowhere"))


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_hint_of_ours_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        checked(REFUSED[name], "git")


def test_what_is_far_too_long_is_refused() -> None:
    for item in huge():
        with pytest.raises(Malformed):
            checked(item, "git")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (envelope(headers={"task": "x\ny"}), "headers.task: expected 1 to 200 printable"),
        (envelope(headers={"task": "ghostcrawl.x"}), "headers.task: unknown task 'ghostcrawl.x'"),
        (envelope(headers={"task": "ghostcrawl.api"}), "expected api, got 'git'"),
        (envelope(headers={"id": 5}), "headers.id: expected str, got int"),
        (envelope([[[[1, 1]]], {}, {}]), "body: expected no arguments"),
        ({"content-type": "x"}, "headers: expected dict, got NoneType"),
    ],
)
def test_the_reason_names_the_place(message: object, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        checked(dumped(message), "git")


def test_a_message_is_written_anew_from_what_was_checked() -> None:
    message = json.loads(checked(dumped(DECORATED), "git"))

    assert json.loads(base64.b64decode(message.pop("body"))) == [
        [],
        {},
        {"callbacks": None, "errbacks": None, "chain": None, "chord": None},
    ]
    assert message == {
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": "ghostcrawl.git", "id": "an-id"},
        "properties": {
            "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": "git"},
            "delivery_tag": "a-tag",
        },
    }


def test_what_was_checked_passes_again() -> None:
    once = checked(dumped(envelope()), "git")

    assert checked(once, "git") == once
    entry = checked_unacknowledged(dumped([json.loads(once), "", "git"]))
    assert json.loads(entry) == [json.loads(once), "", "git"]


@pytest.mark.parametrize(
    "entry",
    [
        *(b"", b"x", b"\xff", b"[]", b"{}", b"[" * 200_000),
        *(dumped([envelope(), ""]), dumped([5, "", "git"])),
        *(dumped([envelope(), [], "git"]), dumped([envelope(), "", "api"])),
    ],
)
def test_an_entry_of_a_message_under_way_that_is_none_is_refused(entry: bytes) -> None:
    with pytest.raises(Malformed):
        checked_unacknowledged(entry)
