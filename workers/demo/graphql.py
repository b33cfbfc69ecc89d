"""GitHub's GraphQL API over the world, for the queries that our client sends.

Limits as in GitHub's documentation, "Rate limits and query limits for the GraphQL API". The answers are
compared with those of graphql-core on GitHub's published schema: `tests/integration/test_fake_graphql.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from workers.demo.github_rest import RefusalError
from workers.demo.github_shapes import Json
from workers.demo.graphql_price import GithubError, Price, price_of
from workers.demo.graphql_query import Field, QueryError, read_query
from workers.demo.graphql_resolvers import Resolvers
from workers.demo.graphql_values import Asked, type_name
from workers.demo.quotas import Charge

__all__ = ["Check", "GraphqlApi", "ParsedQuery"]

Check = Callable[[str, Mapping[str, object]], Sequence[Json]]
"""Says what is wrong with the text and the variables of a query, as entries of `errors`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedQuery:
    """A query that was read; with errors, it is answered without being executed."""

    fields: Sequence[Field] = ()
    price: Price = field(default_factory=lambda: Price(cost=1, nodes=0))
    errors: Sequence[Json] = ()


class GraphqlApi:
    """Reads, prices and answers queries."""

    def __init__(self, resolvers: Resolvers, check: Check | None = None) -> None:
        """Answer from `resolvers`; `check` judges each query before, by a schema that it has."""
        self._resolvers, self._check = resolvers, check

    def read(self, body: bytes) -> ParsedQuery:
        """Read the body of a POST; raises RefusalError (400) where it is not JSON with a query."""
        try:
            asked = json.loads(body)
            query, variables = asked["query"], asked.get("variables") or {}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise RefusalError(HTTPStatus.BAD_REQUEST, "Problems parsing JSON") from error
        if not isinstance(query, str) or not isinstance(variables, dict):
            raise RefusalError(HTTPStatus.BAD_REQUEST, "A query attribute must be a string.")
        if self._check is not None and (errors := self._check(query, variables)):
            return ParsedQuery(errors=errors)
        try:
            fields = read_query(query, variables)
            price = price_of(fields)
        except (QueryError, RecursionError) as error:
            return ParsedQuery(errors=[{"message": str(error)}])
        except GithubError as error:
            return ParsedQuery(errors=[{"type": error.kind, "message": str(error)}])
        return ParsedQuery(fields=fields, price=price)

    def answer(self, question: ParsedQuery, charge: Charge) -> Json:
        """Execute; `charge` is what is left after it, for `rateLimit`."""
        if question.errors:
            return {"errors": list(question.errors)}
        execution = _Execution(self._resolvers, Asked(charge=charge, price=question.price))
        try:
            data = execution.of("Query", None, question.fields, ())
        except QueryError as error:
            return {"errors": [{"message": str(error)}]}
        return {"data": data, "errors": execution.errors} if execution.errors else {"data": data}


class _Execution:
    """Finds the values of one query."""

    def __init__(self, resolvers: Resolvers, asked: Asked) -> None:
        self._resolvers, self._asked = resolvers, asked
        self.errors: list[Json] = []

    def of(
        self, kind: str, source: object, fields: Sequence[Field], path: tuple[str | int, ...]
    ) -> Json:
        """Return the object of type `kind` that `source` is; raises QueryError for an unknown field."""
        return {
            one.key: kind if one.name == "__typename" else self._field(kind, source, one, path)
            for one in fields
            if one.on in {None, kind}
        }

    def _field(
        self, kind: str, source: object, asked: Field, above: tuple[str | int, ...]
    ) -> object:
        path = (*above, asked.key)
        resolver = self._resolvers.of(kind, asked.name)
        if resolver is None:
            raise QueryError(f"Cannot query field '{asked.name}' on type '{kind}'.")
        try:
            return self._complete(resolver(source, asked.arguments, self._asked), asked, path)
        except GithubError as error:
            self._say(error, path)
            return None

    def _complete(self, found: object, asked: Field, path: tuple[str | int, ...]) -> object:
        if isinstance(found, GithubError):
            self._say(found, path)
            return None
        if isinstance(found, list | tuple):
            return [self._complete(one, asked, (*path, at)) for at, one in enumerate(found)]
        if found is None or not asked.fields:
            return found
        return self.of(type_name(found, asked.name), found, asked.fields, path)

    def _say(self, error: GithubError, path: tuple[str | int, ...]) -> None:
        self.errors.append({"type": error.kind, "path": list(path), "message": str(error)})
