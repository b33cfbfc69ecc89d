"""What a forge publishes of its API, as facts of ours in JSON, and what of an exchange is not so.

A description names its sources (repository, path, commit) and, for every endpoint that our adapter
asks, the path, the parameters that we send, and the answer as JSON Schema (draft 2020-12). `reads` are
the parts of the answer that the adapter looks at: `data[].parent.full_name`, `*` for any name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from tests.contract.published.recording import Exchange

__all__ = ["FORMATS", "Description", "Endpoint", "check", "load", "names"]

_FOLDER = Path(__file__).parent
_BROKEN = 500
"""From here on a host is out of order, which no description promises or excludes."""
FORMATS = FormatChecker(formats=("uuid",))


@FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    """Say whether it is a time of RFC 3339: with a T and a zone."""
    return not isinstance(value, str) or (
        "T" in value and datetime.fromisoformat(value).tzinfo is not None
    )


@FORMATS.checks("uri", raises=ValueError)
def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return bool(parts.scheme and parts.netloc)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint that an adapter asks."""

    method: str
    path: str
    """With places for what changes: `/repos/{owner}/{repo}`."""
    parameters: Mapping[str, Draft202012Validator]
    required: frozenset[str]
    content: Draft202012Validator | None
    answer: Draft202012Validator
    errors: frozenset[int]
    """Statuses besides 200 that say something to the adapter."""
    prefix: bytes
    """What stands before the JSON of an answer."""
    reads: tuple[str, ...]

    def asked_by(self, exchange: Exchange) -> bool:
        places = re.split(r"\{[a-z_]+\}", self.path)
        pattern = "[^/]+".join(map(re.escape, places))
        path = urlsplit(exchange.url).path
        return exchange.method == self.method and bool(re.fullmatch(pattern, path))

    def faults(self, exchange: Exchange) -> Iterator[str]:
        """Yield what of the request or the answer is not as published, one fault a line."""
        yield from self._faults_of_query(urlsplit(exchange.url))
        if self.content is not None:
            yield from _errors(self.content, json.loads(exchange.content or b"null"))
        if exchange.status == 200:
            yield from self._faults_of_body(exchange.body)
        elif exchange.status not in self.errors and exchange.status < _BROKEN:
            yield f"status {exchange.status}"

    def value(self, body: bytes) -> Any:  # noqa: ANN401 - JSON is anything
        return json.loads(body.removeprefix(self.prefix))

    def _faults_of_query(self, url: SplitResult) -> Iterator[str]:
        asked = parse_qsl(url.query, keep_blank_values=True)
        given = [name for name, _ in asked]
        yield from (f"?{name}: not given" for name in sorted(self.required.difference(given)))
        yield from (f"?{name}: given twice" for name in sorted(given) if given.count(name) > 1)
        for name, text in asked:
            if name not in self.parameters:
                yield f"?{name}: not published"
            elif not any(map(self.parameters[name].is_valid, _meanings(text))):
                yield f"?{name}: {text!r} is no value of it"

    def _faults_of_body(self, body: bytes) -> Iterator[str]:
        if not body.startswith(self.prefix):
            yield f"the answer does not begin with {self.prefix!r}"
        yield from _errors(self.answer, self.value(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """All that is written down of one forge."""

    forge: str
    sources: tuple[Mapping[str, str], ...]
    endpoints: tuple[Endpoint, ...]
    graphql: str
    """The types that are asked for, where the API is GraphQL."""

    def endpoint_of(self, exchange: Exchange) -> Endpoint | None:
        return next((e for e in self.endpoints if e.asked_by(exchange)), None)

    def faults(self, exchange: Exchange) -> tuple[str, ...]:
        """Return what of `exchange` is not as published."""
        endpoint = self.endpoint_of(exchange)
        where = f"{exchange.method} {urlsplit(exchange.url).path}"
        if endpoint is None:
            return (f"{where}: not published",)
        return tuple(f"{where}: {fault}" for fault in endpoint.faults(exchange))


def names() -> tuple[str, ...]:
    """Return the names of all descriptions."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def load(name: str) -> Description:
    """Read `name`.json, whose schemas `check` looks at."""
    facts = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    shared = {"$defs": facts.get("$defs", {})}
    return Description(
        forge=facts["forge"],
        sources=tuple(facts["sources"]),
        endpoints=tuple(_endpoint(endpoint, shared) for endpoint in facts["endpoints"]),
        graphql="\n".join(facts.get("graphql", ())),
    )


def check(description: Description) -> None:
    """Raise jsonschema.SchemaError for a schema that is no JSON Schema. Slow: not for every process that collects."""
    for endpoint in description.endpoints:
        for validator in (*endpoint.parameters.values(), endpoint.content, endpoint.answer):
            if validator is not None:
                Draft202012Validator.check_schema(validator.schema)


def _endpoint(facts: dict[str, Any], shared: dict[str, Any]) -> Endpoint:
    parameters = facts.get("parameters", {})
    return Endpoint(
        method=facts["method"],
        path=facts["path"],
        parameters={name: _validator(part, shared) for name, part in parameters.items()},
        required=frozenset(facts.get("required", ())),
        content=_validator(facts["content"], shared) if "content" in facts else None,
        answer=_validator(facts["answer"], shared),
        errors=frozenset(facts.get("errors", ())),
        prefix=facts.get("prefix", "").encode(),
        reads=tuple(facts["reads"]),
    )


def _validator(schema: dict[str, Any], shared: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**shared, **schema}, format_checker=FORMATS)


def _errors(validator: Draft202012Validator, value: object) -> Iterator[str]:
    yield from (f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(value))


def _meanings(text: str) -> Iterator[object]:
    """Yield what a value in a query may stand for: all of them are written as text there."""
    yield text
    if re.fullmatch(r"-?[0-9]{1,18}", text, re.ASCII):
        yield int(text)
    yield from {"true": (True,), "false": (False,), "": (None,)}.get(text, ())
