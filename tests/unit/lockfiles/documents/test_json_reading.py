"""What holds for every JSON lock: a main table of the wrong type and too many pins are said."""

from __future__ import annotations

import pytest

from crawler.lockfiles.documents.recovery import MOST_PINS
from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.javascript.bun import BunParser
from crawler.lockfiles.javascript.deno import DenoParser
from crawler.lockfiles.javascript.npm import NpmParser
from crawler.lockfiles.others.composer import ComposerParser
from crawler.lockfiles.others.nuget import NugetParser
from crawler.lockfiles.others.spm import SpmParser
from crawler.lockfiles.python.pex import PexParser
from crawler.lockfiles.python.pipfile import PipfileParser
from crawler.lockfiles.python.pixi import PixiParser
from crawler.model import Readable, Skipped

NO_TABLE = "expected table, got array"
NO_ARRAY = "expected array, got table"


@pytest.mark.parametrize(
    ("parser", "text", "context", "reason"),
    [
        (NpmParser(), '{"lockfileVersion": 3, "packages": []}', "packages", NO_TABLE),
        (NpmParser(), '{"dependencies": []}', "dependencies", NO_TABLE),
        (NpmParser(), '{"packages": 5}', "packages", "expected table or array"),
        (BunParser(), '{"packages": []}', "packages", NO_TABLE),
        (DenoParser(), '{"version": "5", "npm": []}', "npm", NO_TABLE),
        (DenoParser(), '{"version": "2", "npm": {"packages": []}}', "npm.packages", NO_TABLE),
        (DenoParser(), '{"version": "3", "packages": []}', "packages", "expected table"),
        (DenoParser(), '{"version": "3", "remote": []}', "remote", NO_TABLE),
        (PipfileParser(), '{"default": []}', "default", NO_TABLE),
        (ComposerParser(), '{"packages": {}}', "packages", NO_ARRAY),
        (NugetParser(), '{"dependencies": []}', "dependencies", NO_TABLE),
        (NugetParser(), '{"dependencies": {"net8.0": []}}', "dependencies.net8.0", NO_TABLE),
        (SpmParser(), '{"pins": {}}', "pins", NO_ARRAY),
        (SpmParser(), '{"object": []}', "object", "expected table"),
        (PexParser(), '{"locked_resolves": {}}', "locked_resolves", NO_ARRAY),
        (PexParser(), '{"locked_resolves": [5]}', "locked_resolves[0]", "expected table"),
    ],
)
def test_a_main_table_of_the_wrong_type_is_never_read_as_nothing(
    parser: LockParser, text: str, context: str, reason: str
) -> None:
    result = parser.parse(text.encode())

    assert (result.readable, result.pins) == (Readable.PARTLY, ())
    assert Skipped(context=context, reason=reason) in result.skipped


def test_what_an_array_in_the_place_of_a_table_holds_is_read_all_the_same() -> None:
    url = "https://registry.npm.example/zz-ghost/-/zz-ghost-1.0.0.tgz"
    text = f'{{"packages": [{{"name": "zz-ghost", "version": "1.0.0", "resolved": "{url}"}}]}}'

    result = NpmParser().parse(text.encode())

    assert [(pin.name, pin.version, pin.url) for pin in result.pins] == [("zz-ghost", "1.0.0", url)]
    assert result.readable is Readable.PARTLY


def test_a_json_lock_of_more_pins_than_any_has_is_read_up_to_a_bound() -> None:
    entries = ",\n".join(f'"node_modules/z{n}": {{}}' for n in range(MOST_PINS + 1))

    result = NpmParser().parse(f'{{"packages": {{\n{entries}\n}}}}'.encode())

    assert (result.readable, len(result.pins)) == (Readable.PARTLY, MOST_PINS)
    assert result.skipped == (
        Skipped(context="document", reason="only the first 100000 pins read"),
    )


@pytest.mark.slow
def test_a_yaml_lock_of_more_pins_than_any_has_is_read_up_to_a_bound() -> None:
    entries = "".join(f"- pypi: ./z{n}\n  name: z\n" for n in range(MOST_PINS + 1))

    result = PixiParser().parse(f"version: 6\npackages:\n{entries}".encode())

    assert (result.readable, len(result.pins)) == (Readable.PARTLY, MOST_PINS)
    assert result.skipped == (
        Skipped(context="document", reason="only the first 100000 pins read"),
    )
