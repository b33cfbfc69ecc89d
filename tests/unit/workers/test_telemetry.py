from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from crawler.errors import ConfigurationError
from workers.telemetry import LogStyle, Scrubber, configure, printable

TOKEN = "ghs_0123456789/abcdefghijklmnop"


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_of_json_holds_event_values_and_context() -> None:
    stream = io.StringIO()
    configure(style=LogStyle.JSON, to=stream)

    with structlog.contextvars.bound_contextvars(task_id="1"):
        structlog.get_logger("workers.x").info("visited", host="git.example", count=3)

    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "count": 3,
        "event": "visited",
        "host": "git.example",
        "level": "info",
        "logger": "workers.x",
        "task_id": "1",
    }


def test_a_line_of_text_is_one_line_whatever_a_stranger_says() -> None:
    stream = io.StringIO()
    configure(to=stream)

    structlog.get_logger().warning("refused", said="a\nERROR forged \x1b]52;c;eA==\x07\u202egpj")

    line = stream.getvalue()
    assert line.count("\n") == 1
    assert line.endswith('warning refused said="a\\nERROR forged \\x1b]52;c;eA==\\x07\\u202egpj"\n')


@pytest.mark.parametrize(
    "said",
    [
        f"https://forge.example/?t={TOKEN}",
        f"authorization failed for {TOKEN}!",
        "ghs_0123456789%2Fabcdefghijklmnop",
        "Basic " + base64.b64encode(f"user:{TOKEN}".encode()).decode(),
        "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode(),
    ],
)
def test_a_registered_token_is_never_seen(said: str) -> None:
    stream = io.StringIO()
    configure(style=LogStyle.JSON, to=stream, secrets=lambda: [TOKEN])

    structlog.get_logger().info(said, nested={"deep": [said]})
    logging.getLogger("library").warning("it said %s", said)

    text = stream.getvalue()
    assert text.count("[secret]") == 3
    assert "abcdefgh" not in text
    assert base64.b64encode(b"0123456789/abcdefgh").decode()[4:16] not in text


def test_a_traceback_is_one_clean_line_as_well() -> None:
    stream = io.StringIO()
    configure(to=stream, secrets=lambda: [TOKEN])

    try:
        int(TOKEN)
    except ValueError:
        structlog.get_logger().exception("failed")

    assert stream.getvalue().count("\n") == 1
    assert "ValueError: invalid literal for int() with base 10: '[secret]'" in stream.getvalue()


def test_values_of_secret_keys_and_credentials_in_urls_are_hidden() -> None:
    clean = Scrubber()(
        None,
        "info",
        {
            "event": "x",
            "github_token": "a",
            "headers": {"Authorization": "Bearer a", "Accept": "b"},
            "url": "redis://user:pass@broker.example/0",
        },
    )

    assert clean == {
        "event": "x",
        "github_token": "[secret]",
        "headers": {"Authorization": "[secret]", "Accept": "b"},
        "url": "redis://[secret]@broker.example/0",
    }


def test_a_text_without_end_is_cut() -> None:
    text = Scrubber().text("x" * 100_000)

    assert len(text) == 8192 + len("[...]")


def test_a_lone_surrogate_can_be_written() -> None:
    text = printable("name\udcff").encode()

    assert text == b"name\\udcff"


def test_libraries_are_quiet_below_a_warning() -> None:
    stream = io.StringIO()
    configure(to=stream)

    logging.getLogger("celery.worker").info("noise")
    logging.getLogger("httpx").info("GET")

    assert stream.getvalue() == ""


def test_a_log_file_is_for_its_owner_only_also_one_that_was_open(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    (tmp_path / "log").chmod(0o666)

    configure(to=tmp_path / "log")

    structlog.get_logger().info("hello")
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.stream.close()

    assert (tmp_path / "log").read_text().endswith("info hello\n")
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        configure(to=tmp_path / "missing" / "log")


def test_a_token_that_is_renewed_is_hidden_from_then_on_and_the_old_one_too() -> None:
    tokens = ["ghs_the-first-one"]
    scrubber = Scrubber(lambda: list(tokens))
    scrubber(None, "info", {"event": "nothing yet"})

    tokens[:] = ["ghs_the-second-one"]
    clean = scrubber(None, "info", {"event": "ghs_the-first-one ghs_the-second-one"})

    assert clean == {"event": "[secret] [secret]"}


def test_whoever_counts_lines_sees_each_once_and_clean() -> None:
    seen: list[dict[str, object]] = []
    stream = io.StringIO()
    configure(to=stream, secrets=lambda: [TOKEN], seen=lambda line: seen.append(dict(line)))

    structlog.get_logger("workers.x").warning("fault", reason=f"refused {TOKEN}\x1b[2J")
    logging.getLogger("celery").error("lost %s", TOKEN)
    structlog.get_logger("workers.x").debug("not written")

    assert [(line["event"], line["level"]) for line in seen] == [
        ("fault", "warning"),
        ("lost [secret]", "error"),
    ]
    assert seen[0]["reason"] == "refused [secret]\\x1b[2J"
    assert len(stream.getvalue().splitlines()) == 2
