"""Every forge's adapter and its fake against what the forge publishes of its API.

The facts are in tests/contract/published/*.json, with the repository, path and commit that each is
from. GitHub's are in test_github_schema.py; cgit and gitweb have no API, only pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from crawler.hosts.launchpad import Launchpad
from crawler.hosts.sourcehut import QUERY
from tests.contract.published.description import Description, Endpoint, check, load, names
from tests.contract.published.plays import PLAYS, Played, play
from tests.contract.published.recording import Exchange
from tests.servers.api import json_reply
from tests.servers.forges import settings_on
from tests.servers.stage import Stage

_WRONG = 7.5
"""No published part is a broken number."""
_FORGES = sorted(PLAYS)
_READS = [
    pytest.param(forge, endpoint, place, id=f"{forge} {endpoint.path} {place}")
    for forge in _FORGES
    for endpoint in load(forge).endpoints
    for place in endpoint.reads
]


@cache
def _played(forge: str) -> Played:
    return PLAYS[forge][0]()


@cache
def _published(forge: str) -> Description:
    return load(forge)


def test_every_description_is_played() -> None:
    assert names() == tuple(_FORGES)


@pytest.mark.parametrize("forge", _FORGES)
def test_every_request_and_every_answer_is_as_published(forge: str) -> None:
    published = _published(forge)
    check(published)

    played = _played(forge)

    assert [fault for e in played.exchanges for fault in published.faults(e)] == []
    assert len(set(played.paths)) == PLAYS[forge][1]
    asked = {e.path for x in played.exchanges if (e := published.endpoint_of(x)) is not None}
    assert asked == {endpoint.path for endpoint in published.endpoints}


@pytest.mark.parametrize(("forge", "endpoint", "place"), _READS)
def test_what_the_adapter_reads_is_refused_in_another_type(
    forge: str, endpoint: Endpoint, place: str
) -> None:
    answers = [e for e in _played(forge).exchanges if endpoint.asked_by(e) and e.status == 200]

    changed = next((c for e in answers for c in _with_wrong(e, endpoint, place)), None)

    assert changed is not None, f"the fake never says {place}"
    assert list(endpoint.faults(changed)) != []


@pytest.mark.parametrize("forge", _FORGES)
@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("?", "?colour=blue&", "?colour: not published"),
        ("/", "/x/", "not published"),
    ],
)
def test_a_request_that_is_not_published_is_refused(
    forge: str, old: str, new: str, fault: str
) -> None:
    first = _played(forge).exchanges[0]
    scheme, _, rest = first.url.partition("://")
    url = rest if old in rest else f"{rest}{old}"

    changed = replace(first, url=f"{scheme}://{url.replace(old, new, 1)}")

    assert [found for found in _published(forge).faults(changed) if found.endswith(fault)]


@pytest.mark.parametrize(
    ("forge", "query", "fault"),
    [
        ("gitlab", "order_by=colour", "?order_by: 'colour' is no value of it"),
        ("gitlab", "per_page=101", "?per_page: '101' is no value of it"),
        ("gitlab", "simple=yes", "?simple: 'yes' is no value of it"),
        ("gitlab", "id_after=x", "?id_after: 'x' is no value of it"),
        ("gitlab", "last_activity_after=today", "?last_activity_after: 'today' is no value of it"),
        ("gitlab", "page=1&page=2", "?page: not published"),
        ("gitlab", "sort=asc&sort=asc", "?sort: given twice"),
        ("azure", "", "?api-version: not given"),
        ("gerrit", "d=1", "?d: '1' is no value of it"),
    ],
)
def test_a_parameter_is_refused_unless_it_is_as_published(
    forge: str, query: str, fault: str
) -> None:
    first = _played(forge).exchanges[0]

    changed = replace(first, url=f"{first.url.partition('?')[0]}?{query}")

    assert any(found.endswith(fault) for found in _published(forge).faults(changed))


@pytest.mark.parametrize("status", [201, 302, 404])
def test_a_status_that_says_nothing_to_the_adapter_is_refused(status: int) -> None:
    first = _played("pagure").exchanges[0]

    faults = _published("pagure").faults(replace(first, status=status))

    assert faults == (f"GET /api/0/projects: status {status}",)


def test_an_empty_page_of_launchpad_that_names_a_next_one_is_said() -> None:
    said: list[str] = []

    def ask(on: Stage) -> Iterator[str]:
        page = Launchpad(settings_on(on, "https://git.lp.example"), on.http).list(None)
        said.extend(f"{s.context}: {s.reason}" for s in page.skipped)
        return iter(())

    link = "https://elsewhere.example/devel/+git?ws.start=75"
    answer = {"start": 0, "entries": [], "total_size_link": link, "next_collection_link": link}
    played = play(lambda _: json_reply(answer), ask)

    assert _published("launchpad").faults(played.exchanges[0]) == ()
    assert said == [
        "all behind an empty page: it names a next page, but nothing by which to ask for it"
    ]


def test_the_question_to_sourcehut_is_valid_for_the_published_types() -> None:
    types = build_schema(_published("sourcehut").graphql)

    assert validate(types, parse(QUERY)) == []
    assert len(validate(types, parse(QUERY.replace("updated", "pushed")))) == 1


@pytest.mark.parametrize("forge", _FORGES)
def test_every_description_says_where_it_is_from(forge: str) -> None:
    sources = _published(forge).sources

    assert sources
    assert all(s["repository"] and s["path"] and s["says"] for s in sources)
    assert re.fullmatch(r"[0-9a-f]{40}", sources[0]["commit"])


def _with_wrong(exchange: Exchange, endpoint: Endpoint, place: str) -> Iterator[Exchange]:
    """Yield `exchange` with another type at `place` of its answer, if that is there."""
    value = endpoint.value(exchange.body)
    if _spoil(value, place.replace("[]", ".[]").lstrip(".").split(".")):
        yield replace(exchange, body=endpoint.prefix + json.dumps(value).encode())


def _spoil(value: Any, steps: list[str]) -> bool:  # noqa: ANN401 - JSON is anything
    """Put another type at the first place that `steps` lead to; say whether there is one."""
    step, *further = steps
    keys: list[Any] = []
    if step == "[]" and isinstance(value, list):
        keys = list(range(len(value)))
    elif isinstance(value, dict):
        keys = list(value) if step == "*" else [step] if step in value else []
    if not further and keys:
        value[keys[0]] = _WRONG
        return True
    return any(_spoil(value[key], further) for key in keys)
