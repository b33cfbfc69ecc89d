from __future__ import annotations

import time

import pytest

from crawler.lockfiles.documents.json_recovery import recovering
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan

URL = "https://files.index.example/zz_ghost-1.0.0.tar.gz"


def test_each_url_of_a_table_of_digests_is_a_pin() -> None:
    text = f'{{"zz-ghost": {{\n"{URL}": "sha256:{"ab" * 32}",\n"{URL}.zip": "{"cd" * 32}"'

    pins = recovering(Ecosystem.PYPI)(text)

    assert [(pin.name, pin.url, pin.digests, pin.lines) for pin in pins] == [
        (
            "zz-ghost",
            URL,
            (Digest(algorithm=Algorithm.SHA256, hex="ab" * 32),),
            LineSpan(first=1, last=2),
        ),
        (
            "zz-ghost",
            f"{URL}.zip",
            (Digest(algorithm=Algorithm.SHA256, hex="cd" * 32),),
            LineSpan(first=3, last=3),
        ),
    ]


def test_a_tuple_on_one_line_gives_its_name_and_version() -> None:
    text = '"packages": {\n"a": ["zz-ghost@1.0.0", "https://mirror.example/zz.tgz", {}],\n'

    (pin,) = recovering(Ecosystem.NPM)(text)

    assert (pin.name, pin.version) == ("zz-ghost", "1.0.0")
    assert (pin.url, pin.flags) == ("https://mirror.example/zz.tgz", ("recovered", "no-hash"))


def test_the_project_itself_and_links_to_pages_are_no_pins() -> None:
    text = '{"name": "zz-project", "version": "1.0.0", "x": {"homepage": "https://forge.example/zz"'

    assert recovering(Ecosystem.NPM)(text) == ()


def test_escapes_are_seen_through() -> None:
    text = '{"a": {"resolved": "https:\\/\\/mirror.example\\/\\x7a\\u{07a}\\u002e\\u0074gz"'

    (pin,) = recovering(Ecosystem.NPM)(text)

    assert pin.url == "https://mirror.example/zz.tgz"


@pytest.mark.parametrize("text", ['"' * 300_000, "{" * 300_000, '"a": ' * 100_000, '"\\' * 200_000])
def test_hostile_text_takes_linear_time(text: str) -> None:
    started = time.process_time()

    recovering(Ecosystem.NPM)(text)

    assert time.process_time() - started < 5
