"""What is answered over HTTP, and the healthcheck of the image, which asks it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter

from crawler.errors import ConfigurationError
from tests.servers.guest import get
from workers.monitoring import probe
from workers.monitoring.server import serving


class Fixed:
    def __init__(self, said: str | None) -> None:
        self._said = said

    def problem(self) -> str | None:
        return self._said


@contextmanager
def served(problem: str | None) -> Iterator[int]:
    registry = CollectorRegistry()
    Counter("zz_counted", "Anything.", registry=registry).inc()
    with serving(("127.0.0.1", 0), registry, Fixed(problem)) as port:
        yield port


def probed(address: str) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-IS", str(Path(probe.__file__))],
        env={"GHOSTCRAWL_METRICS": address},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stderr.strip()


def test_a_scrape_shows_the_registry_and_anything_else_is_not_there() -> None:
    with served(None) as port:
        answer = get(f"http://127.0.0.1:{port}/metrics")
        other = get(f"http://127.0.0.1:{port}/")

    assert answer.status_code == 200
    assert b"zz_counted_total 1.0" in answer.content
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("problem", "code", "said"), [(None, 0, "ok"), ("no beat for 61 s", 1, "no beat for 61 s")]
)
def test_the_healthcheck_ends_as_the_process_is(problem: str | None, code: int, said: str) -> None:
    with served(problem) as port:
        assert probed(f"0.0.0.0:{port}") == (code, said)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "", "nonsense"])
def test_the_healthcheck_of_a_process_that_does_not_answer_fails(address: str) -> None:
    code, said = probed(address)

    assert code == 1
    assert said.startswith("no answer at GHOSTCRAWL_METRICS: ")


def test_an_address_that_is_taken_is_an_error_of_the_configuration() -> None:
    with (
        served(None) as port,
        pytest.raises(ConfigurationError, match="--metrics"),
        serving(("127.0.0.1", port), CollectorRegistry(), Fixed(None)),
    ):
        pytest.fail("two servers at one address")
