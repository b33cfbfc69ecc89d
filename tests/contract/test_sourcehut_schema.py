"""The question to sourcehut, and its fake, against the GraphQL schema that sourcehut publishes.

`GHOSTCRAWL_TEST_SCHEMAS=FOLDER` names the folder with `git.sr.ht.graphqls`: the file
`api/graph/schema.graphqls` of the git.sr.ht repository; no package of npm or PyPI carries it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, parse, validate

from crawler.hosts.sourcehut import QUERY
from tests.servers.sourcehut_repositories import SCHEMA

_PUBLISHED = Path(os.environ.get("GHOSTCRAWL_TEST_SCHEMAS", "")) / "git.sr.ht.graphqls"
_needs_published = pytest.mark.skipif(
    not _PUBLISHED.is_file(),
    reason="GHOSTCRAWL_TEST_SCHEMAS names no folder with git.sr.ht.graphqls",
)


@pytest.fixture
def published() -> GraphQLSchema:
    # The published document has directives of the server's own, so it may not pass as valid.
    return build_schema(_PUBLISHED.read_text("utf-8"), assume_valid_sdl=True)


def test_the_question_is_valid_for_the_fake() -> None:
    assert validate(build_schema(SCHEMA.read_text("utf-8")), parse(QUERY)) == []


@_needs_published
def test_the_question_is_valid_for_the_published_schema(published: GraphQLSchema) -> None:
    assert validate(published, parse(QUERY)) == []


@_needs_published
@pytest.mark.parametrize("name", ["User", "Repository", "RepositoryCursor"])
def test_the_fakes_types_are_parts_of_the_published_ones(
    published: GraphQLSchema, name: str
) -> None:
    theirs, ours = published.type_map[name], build_schema(SCHEMA.read_text("utf-8")).type_map[name]

    assert isinstance(ours, GraphQLObjectType)
    assert isinstance(theirs, GraphQLObjectType)
    assert {key: str(field.type) for key, field in ours.fields.items()}.items() <= {
        key: str(field.type) for key, field in theirs.fields.items()
    }.items()
