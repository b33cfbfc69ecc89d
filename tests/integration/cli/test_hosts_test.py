"""`hosts test`: one harmless question, and an exit code that says whether a good answer came."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.raw_http import raw_server, reply
from tests.servers.terminal import Terminal


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (reply(200), 0, "git.example: answers with status 200"),
        (reply(404), 0, "git.example: answers with status 404"),
        (reply(499), 0, "git.example: answers with status 499"),
        (reply(500), 3, "git.example: https://git.example/ answered 500"),
        (reply(429, retry_after="7"), 3, "git.example: must not be asked now: "),
        (b"no http", 3, "git.example: https://git.example/: invalid answer: "),
    ],
)
def test_a_host_without_a_good_answer_ends_the_test_with_3(
    answer: bytes, code: int, said: str, tmp_path: Path
) -> None:
    with raw_server(lambda _: [answer]) as server:
        user = Terminal.at(
            tmp_path,
            f'[hosts."git.example"]\nkind = "git"\nweb_url = "https://git.example"\n'
            f'[network]\noperator = "abuse@git.example"\n'
            f'connect_to = {{ "git.example" = "http://{server.authority}" }}\n',
        )

        ran = user("hosts", "test", "git.example")

    assert ran.code == code, ran.err
    assert said in ran.out + ran.err
    assert [heard.method for heard in server.heard] == ["HEAD"]
