"""The fakes of GitHub against what GitHub publishes: its GraphQL schema and its OpenAPI description.

`.ci/schemas FOLDER` fetches both; `GHOSTCRAWL_TEST_SCHEMAS=FOLDER` names the folder here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
)
from jsonschema import Draft4Validator

from tests.servers.github_schema import SCHEMA
from tests.servers.small_world import Clock, repository, world
from workers.demo.catalogue import Circumstances
from workers.demo.github import GithubApp
from workers.demo.objects import blob_oid
from workers.demo.web import Request

_FOLDER = os.environ.get("GHOSTCRAWL_TEST_SCHEMAS", "")
pytestmark = pytest.mark.skipif(
    not _FOLDER,
    reason="GHOSTCRAWL_TEST_SCHEMAS names no folder; fill one with `.ci/schemas FOLDER`",
)

_BLOB = blob_oid(b"version = 1\n")
_WORLD = world(
    repository("a/parent", {"uv.lock": b"version = 1\n", "sub/uv.lock": b"revision = 3\n"}),
    repository("b/fork", {"uv.lock": b"version = 1\n"}, fork_of="a/parent"),
    repository("c/empty", {}),
    repository("d/blocked", {"uv.lock": b"x\n"}),
    repository("e/against-terms", {"uv.lock": b"x\n"}),
)
_CIRCUMSTANCES = Circumstances(
    blocked={"d/blocked": "dmca", "e/against-terms": "tos"}, renamed={"a/old": "a/parent"}
)
_AGENT = {"user-agent": "test"}
_WITH_TOKEN = {**_AGENT, "authorization": "Bearer t"}
_ANSWERS = [
    ("/rate_limit", "/rate_limit", {}, 200),
    ("/search/code", "/search/code", {"q": "version"}, 200),
    ("/search/code", "/search/code", {"q": "filename:uv.lock", "per_page": "1"}, 200),
    ("/search/code", "/search/code", {"q": ""}, 422),
    ("/search/code", "/search/code", {"q": "x" * 257}, 422),
    ("/search/code", "/search/code", {"q": "x", "per_page": "100", "page": "11"}, 422),
    ("/repositories", "/repositories", {"since": "0", "per_page": "1"}, 200),
    ("/repos/{owner}/{repo}", "/repos/a/parent", {}, 200),
    ("/repos/{owner}/{repo}", "/repos/b/fork", {}, 200),
    ("/repos/{owner}/{repo}", "/repos/c/empty", {}, 200),
    ("/repos/{owner}/{repo}", "/repos/a/old", {}, 301),
    ("/repos/{owner}/{repo}", "/repos/a/none", {}, 404),
    ("/repos/{owner}/{repo}", "/repos/d/blocked", {}, 451),
    ("/repos/{owner}/{repo}", "/repos/e/against-terms", {}, 403),
    ("/repos/{owner}/{repo}/forks", "/repos/a/parent/forks", {"sort": "newest"}, 200),
    ("/users/{username}/repos", "/users/b/repos", {"sort": "pushed", "per_page": "100"}, 200),
    ("/repos/{owner}/{repo}/git/blobs/{file_sha}", f"/repos/a/parent/git/blobs/{_BLOB}", {}, 200),
    ("/repos/{owner}/{repo}/git/blobs/{file_sha}", "/repos/a/parent/git/blobs/zz", {}, 422),
    ("/repos/{owner}/{repo}/git/blobs/{file_sha}", f"/repos/c/empty/git/blobs/{_BLOB}", {}, 409),
]
_UNDESCRIBED = {401: "basic-error", 451: "basic-error"}
"""Statuses that GitHub sends and does not describe for these endpoints."""


@pytest.fixture(scope="module")
def published() -> GraphQLSchema:
    # The published document defines some fields twice, so it cannot pass as valid.
    return build_schema(
        (Path(_FOLDER) / "schema.graphql").read_text("utf-8"), assume_valid_sdl=True
    )


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    described = json.loads((Path(_FOLDER) / "api.github.com.json").read_bytes())
    assert isinstance(described, dict)
    return described


def test_every_part_of_the_trimmed_schema_is_as_published(published: GraphQLSchema) -> None:
    trimmed = build_schema(SCHEMA.read_text("utf-8"))

    ours = {name: kind for name, kind in trimmed.type_map.items() if not name.startswith("__")}
    differences = [
        difference
        for name, kind in ours.items()
        for difference in _differences(name, kind, published.type_map.get(name))
    ]

    assert differences == []
    assert {"Blob", "Query", "RateLimit", "Repository"} <= ours.keys()


def test_the_comparison_sees_a_lost_exclamation_mark(published: GraphQLSchema) -> None:
    changed = SCHEMA.read_text("utf-8").replace("isTruncated: Boolean!", "isTruncated: Boolean")

    kind = build_schema(changed).type_map["Blob"]

    assert _differences("Blob", kind, published.type_map["Blob"]) == [
        "Blob.isTruncated: Boolean, published Boolean!"
    ]


@pytest.mark.parametrize(("template", "path", "query", "status"), _ANSWERS)
def test_an_answer_is_as_the_description_promises(
    openapi: dict[str, Any], template: str, path: str, query: dict[str, str], status: int
) -> None:
    app = GithubApp(_WORLD, circumstances=_CIRCUMSTANCES, clock=Clock())

    response = app(_get(path, query, _WITH_TOKEN))

    assert response.status == status
    assert isinstance(response.body, bytes)
    errors = _violations(openapi, template, status, json.loads(response.body))
    assert errors == []


def test_refusals_of_limits_are_as_the_description_promises(openapi: dict[str, Any]) -> None:
    app = GithubApp(_WORLD, clock=Clock())

    answers = [app(_get("/search/code", {"q": "version"}, _WITH_TOKEN)) for _ in range(15)]
    answers += [app(_get("/search/code", {"q": "version"}, _AGENT))]

    assert [a.status for a in answers] == [200] * 10 + [403] * 5 + [401]
    for answer in answers:
        assert isinstance(answer.body, bytes)
        content = json.loads(answer.body)
        assert _violations(openapi, "/search/code", answer.status, content) == []


def test_the_validation_sees_a_missing_key(openapi: dict[str, Any]) -> None:
    response = GithubApp(_WORLD, clock=Clock())(_get("/repos/a/parent", {}, _WITH_TOKEN))
    assert isinstance(response.body, bytes)
    content = json.loads(response.body)

    del content["fork"]

    assert _violations(openapi, "/repos/{owner}/{repo}", 200, content) == [
        "'fork' is a required property"
    ]


def _get(path: str, query: dict[str, str], headers: dict[str, str]) -> Request:
    return Request(
        method="GET",
        host="api.github.example",
        path=path,
        query=query,
        headers=headers,
    )


def _violations(openapi: dict[str, Any], template: str, status: int, content: object) -> list[str]:
    responses = openapi["paths"][template]["get"]["responses"]
    described = _resolved(openapi, responses[str(status)]) if str(status) in responses else None
    if described is None:
        schema: dict[str, Any] = {"$ref": f"#/components/schemas/{_UNDESCRIBED[status]}"}
    else:
        schema = described["content"]["application/json"]["schema"]
    reachable = {name: _nullable(part) for name, part in _reachable(openapi, schema).items()}
    whole = {**_nullable(schema), "components": {"schemas": reachable}}
    return [error.message for error in Draft4Validator(whole).iter_errors(content)]


def _resolved(openapi: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = openapi
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        part = found
    return part


def _reachable(openapi: dict[str, Any], schema: object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = openapi["components"]["schemas"][name]
            waiting += _references(found[name])
    return found


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(reference := part.get("$ref"), str):
            yield reference.removeprefix("#/components/schemas/")
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _nullable(part: object) -> Any:  # noqa: ANN401 - a schema is a dict, its parts are anything
    """Say in JSON Schema what OpenAPI 3.0 says with `nullable`."""
    if isinstance(part, list):
        return [_nullable(value) for value in part]
    if not isinstance(part, dict):
        return part
    plain = {key: _nullable(value) for key, value in part.items() if key != "example"}
    return {"anyOf": [plain, {"type": "null"}]} if part.get("nullable") is True else plain


def _differences(name: str, ours: GraphQLNamedType, theirs: GraphQLNamedType | None) -> list[str]:
    """Say what of `ours` is not so in `theirs`; `theirs` may have more."""
    if theirs is None or type(ours) is not type(theirs):
        return [f"{name}: {type(ours).__name__}, published {type(theirs).__name__}"]
    published = {*_parts(name, theirs)}
    unknown = [part for part in _parts(name, ours) if part not in published]
    signatures = dict(part.split(": ", 1) for part in published if ": " in part)
    return [f"{part}, published {signatures.get(part.split(': ')[0])}" for part in unknown]


def _parts(name: str, kind: GraphQLNamedType) -> Iterator[str]:
    """Yield everything that is stated of `kind`, one thing a line."""
    if isinstance(kind, GraphQLEnumType):
        yield from (f"{name} has {value}" for value in kind.values)
    if isinstance(kind, GraphQLUnionType):
        yield from (f"{name} may be {member.name}" for member in kind.types)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        yield from (f"{name} implements {interface.name}" for interface in kind.interfaces)
        for key, field in kind.fields.items():
            listed = ", ".join(f"{key}: {field.args[key].type}" for key in sorted(field.args))
            yield f"{name}.{key}: {f'({listed}): ' if listed else ''}{field.type}"
    if isinstance(kind, GraphQLInputObjectType):
        yield from (f"{name}.{key}: {value.type}" for key, value in kind.fields.items())
