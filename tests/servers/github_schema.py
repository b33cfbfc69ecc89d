"""GitHub's GraphQL schema as far as our client uses it, and graphql-core as the judge of the demo's fake.

`tests/contract/test_github_schema.py` holds the schema against the published one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLUnionType,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from workers.demo.github_shapes import Json
from workers.demo.graphql_price import GithubError
from workers.demo.graphql_resolvers import Resolvers
from workers.demo.graphql_values import Asked, type_name

__all__ = ["SCHEMA", "answered", "errors_of", "fields"]

SCHEMA = Path(__file__).with_name("github.graphql")
"""In the schema definition language."""
_SCHEMA = build_schema(SCHEMA.read_text("utf-8"))


def fields() -> set[tuple[str, str]]:
    """Return the type and the name of each field."""
    return {(kind.name, name) for kind in _objects() for name in kind.fields}


def errors_of(query: str, variables: Mapping[str, object]) -> Sequence[Json]:
    """Say what of a query is not as the schema wants it."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return [dict(error.formatted)]
    if errors := validate(_SCHEMA, document):
        return [dict(error.formatted) for error in errors]
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    given = get_variable_values(_SCHEMA, operation.variable_definitions or (), dict(variables))
    return [dict(error.formatted) for error in given] if isinstance(given, list) else []


def answered(
    resolvers: Resolvers, query: str, variables: Mapping[str, object], asked: Asked
) -> Json:
    """Return what graphql-core answers from the same resolvers."""
    schema = build_schema(SCHEMA.read_text("utf-8"))
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                field.resolve = _resolved(resolvers, kind.name, name)
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda value, info, _kind: type_name(value, info.field_name)
    result = execute_sync(
        schema, parse(query), context_value=asked, variable_values=dict(variables)
    )
    errors = [_error(error) for error in result.errors or ()]
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def _objects() -> Sequence[GraphQLObjectType]:
    return [
        kind
        for name, kind in _SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
    ]


def _resolved(resolvers: Resolvers, kind: str, name: str) -> Callable[..., object]:
    resolver = resolvers.of(kind, name)
    assert resolver is not None

    def resolve(source: object, info: GraphQLResolveInfo[Any], **arguments: object) -> object:
        return resolver(source, arguments, info.context)

    return resolve


def _error(error: GraphQLError) -> Json:
    """Return an entry of `errors` as GitHub writes it, without the lines of the query."""
    cause = error.original_error
    kind = {"type": cause.kind} if isinstance(cause, GithubError) else {}
    return {**kind, "path": error.path, "message": error.message}
