"""Every page is also JSON, of the form that the OpenAPI description states."""

from __future__ import annotations

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from workers.console.interface import Page
from workers.console.openapi import API, describe, open_parts, without_kinds
from workers.console.registry import PAGES


def test_the_description_is_valid_and_names_every_page(reader: httpx.Client) -> None:
    described = reader.get("/api/v1/openapi.json").json()

    assert not list(OpenAPIV31SpecValidator(described).iter_errors())
    assert set(described["paths"]) == {f"{API}{without_kinds(one.path)}" for one in PAGES}


@pytest.mark.parametrize(
    "page", [one for one in PAGES if not open_parts(one.path)], ids=lambda page: page.path
)
def test_what_a_page_answers_as_json_is_as_described(
    reader: httpx.Client, page: Page[object]
) -> None:
    described = describe(PAGES)
    answered = described["paths"][f"{API}{page.path}"]["get"]["responses"]["200"]["content"]

    schema = answered["application/json"]["schema"] | {"components": described["components"]}

    Draft202012Validator(schema).validate(reader.get(f"{API}{page.path}").json())
    assert reader.get(page.path).status_code == 200


def test_a_query_that_cannot_be_read_is_refused_with_the_reason(reader: httpx.Client) -> None:
    answer = reader.get("/api/v1/cases", params={"state": "lost"})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(
        "invalid state 'lost': expected one of new, needs-look"
    )
