"""What GitLab, Bitbucket and Azure DevOps do when their API misbehaves: a typed error each."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import pytest

from crawler.errors import Blocked, Defer, GhostcrawlError, Gone, Malformed, Private, Refused, Retry
from crawler.hosts.azure import Azure
from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.interface import Lister
from tests.servers.api import Reply, json_reply
from tests.servers.forges import settings_on
from tests.servers.stage import TOKEN, Script, Stage

_DAY = 24 * 3600.0
_EVIL = "https://evil.example/"


def _gitlab(on: Stage) -> Lister:
    return GitLab(settings_on(on, "https://gitlab.example"), on.http)


def _bitbucket(on: Stage) -> Lister:
    return Bitbucket(settings_on(on, "https://bitbucket.example"), on.http)


def _azure(on: Stage) -> Lister:
    return Azure(settings_on(on, "https://azure.example/org"), on.http)


_FORGES = [_gitlab, _bitbucket, _azure]


@pytest.mark.parametrize("forge", _FORGES)
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({}, status=429), Defer),
        (json_reply({}, status=503, retry_after="9"), Defer),
        (json_reply({}, status=502), Retry),
        (Reply(body=b"<html>sign in</html>"), Retry),
        (Reply(body=b'[{"id": 1'), Retry),
        (Reply(body=b""), Retry),
        (json_reply("text"), Malformed),
        (Reply(body=b"[" * 100_000), Malformed),
        (json_reply({}, status=401), Private),
        (json_reply({}, status=403), Private),
        (json_reply({}, status=404), Gone),
        (json_reply({}, status=405), Malformed),
        (json_reply({}, status=451), Blocked),
        (json_reply({}, status=302, location=_EVIL), Refused),
    ],
)
def test_a_fault_is_a_typed_error_without_the_token(
    stage: Callable[[Script], Stage],
    forge: Callable[[Stage], Lister],
    reply: Reply,
    expected: type[GhostcrawlError],
) -> None:
    on = stage(lambda _: reply)

    with pytest.raises(expected) as caught:
        forge(on).list(None)

    assert TOKEN not in str(caught.value)
    assert len(on.server.asked) == 1


@pytest.mark.parametrize("forge", _FORGES)
@pytest.mark.parametrize(
    ("told", "seconds"), [("9", 9.0), ("999999999999", _DAY), ("-5", 1.0), ("soon", 60.0)]
)
def test_an_absurd_wait_is_clamped(
    stage: Callable[[Script], Stage],
    forge: Callable[[Stage], Lister],
    told: str,
    seconds: float,
) -> None:
    on = stage(lambda _: json_reply({}, status=429, retry_after=told))

    with pytest.raises(Defer) as caught:
        forge(on).list(None)

    assert caught.value.seconds == seconds
    assert [bucket.resource for bucket in on.budget.spent] == ["api"]


@pytest.mark.parametrize("forge", _FORGES)
@pytest.mark.parametrize("cursor", ["-1", "x", "1&per_page=9", "", "1\n", "\u0661", "9" * 40])
def test_a_cursor_that_is_no_place_is_refused_before_anything_is_asked(
    stage: Callable[[Script], Stage], forge: Callable[[Stage], Lister], cursor: str
) -> None:
    on = stage(lambda _: json_reply([]))

    with pytest.raises(Refused):
        forge(on).list(cursor)

    assert on.server.asked == []


@pytest.mark.parametrize(
    ("forge", "header", "value"),
    [
        (_gitlab, "private-token", TOKEN),
        (_bitbucket, "authorization", f"Bearer {TOKEN}"),
        (_azure, "authorization", f"Basic {b64encode(f':{TOKEN}'.encode()).decode()}"),
    ],
)
def test_the_token_is_in_one_header_and_nowhere_else(
    stage: Callable[[Script], Stage],
    forge: Callable[[Stage], Lister],
    header: str,
    value: str,
) -> None:
    on = stage(lambda _: json_reply({}, status=404))
    host = forge(on)

    with pytest.raises(Gone):
        host.list(None)

    (asked,) = on.server.asked
    others = {name: text for name, text in asked.headers.items() if name != header}
    assert asked.headers[header] == value
    assert TOKEN not in repr((others, asked.path, asked.query, host))


def test_azures_sign_in_page_means_private(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: Reply(status=203, body=b"<html>sign in</html>"))

    with pytest.raises(Private):
        _azure(on).list(None)


def test_an_api_token_of_bitbucket_goes_with_its_address(stage: Callable[[Script], Stage]) -> None:
    on = stage(lambda _: json_reply({"values": []}))
    settings = settings_on(on, "https://bitbucket.example", token="me@mail.example:t0ken")

    Bitbucket(settings, on.http).list(None)

    basic = b64encode(b"me@mail.example:t0ken").decode()
    assert on.server.asked[0].headers["authorization"] == f"Basic {basic}"
