"""GitHub's GraphQL API over the world: real queries against the part of its schema that we use.

The part is `github.graphql`; `tests/contract/test_github_schema.py` holds it against the published
schema. Limits as in GitHub's documentation, "Rate limits and query limits for the GraphQL API".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from workers.demo.catalogue import Catalogue
from workers.demo.github_rest import RefusalError
from workers.demo.github_shapes import Json
from workers.demo.graphql_price import GithubError, Price, price_of
from workers.demo.graphql_resolvers import Resolvers
from workers.demo.graphql_values import Asked
from workers.demo.quotas import Charge

__all__ = ["SCHEMA", "GraphqlApi", "Question"]

SCHEMA = Path(__file__).with_name("github.graphql")
"""The trimmed schema, in the schema definition language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query that was read; with errors, it is answered without being executed."""

    document: DocumentNode | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    price: Price = field(default_factory=lambda: Price(cost=1, nodes=0))
    errors: Sequence[Json] = ()


class GraphqlApi:
    """Reads, prices and answers queries."""

    def __init__(self, catalogue: Catalogue, *, web_url: str) -> None:
        """Answer from `catalogue`; URLs in the answers start with `web_url`."""
        self._schema = build_schema(SCHEMA.read_text("utf-8"))
        Resolvers(catalogue, web_url=web_url).attach(self._schema)

    def read(self, body: bytes) -> Question:
        """Read the body of a POST; raises RefusalError (400) where it is not JSON with a query."""
        try:
            asked = json.loads(body)
            query, variables = asked["query"], asked.get("variables") or {}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise RefusalError(HTTPStatus.BAD_REQUEST, "Problems parsing JSON") from error
        if not isinstance(query, str) or not isinstance(variables, dict):
            raise RefusalError(HTTPStatus.BAD_REQUEST, "A query attribute must be a string.")
        try:
            document = parse(query, max_tokens=100_000)
            if errors := validate(self._schema, document):
                return Question(errors=[_error(error) for error in errors])
            price = price_of(document, variables)
        except GraphQLError as error:
            return Question(errors=[_error(error)])
        except GithubError as error:
            return Question(errors=[{"type": error.kind, "message": str(error)}])
        return Question(document=document, variables=variables, price=price)

    def answer(self, question: Question, charge: Charge) -> Json:
        """Execute; `charge` is what is left after it, for `rateLimit`."""
        if question.document is None:
            return {"errors": list(question.errors)}
        result = execute_sync(
            self._schema,
            question.document,
            context_value=Asked(charge=charge, price=question.price),
            variable_values=dict(question.variables),
        )
        return _content(result)


def _content(result: ExecutionResult) -> Json:
    content: Json = {"data": result.data}
    if result.errors:
        content["errors"] = [_error(error) for error in result.errors]
    return content


def _error(error: GraphQLError) -> Json:
    """Return an entry of `errors`; GitHub puts its `type` beside the message."""
    cause = error.original_error
    kind = {"type": cause.kind} if isinstance(cause, GithubError) else {}
    return {**kind, **error.formatted}
