"""What GitHub's list shows of roots settles what lies at roots, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.hosts.github.host import GitHub
from crawler.hosts.interface import HostKind, HostSettings
from crawler.model import Confidence
from crawler.net import Http
from tests.servers.api import RecordingBudget
from tests.servers.github_schema import errors_of
from tests.servers.lure import INNOCENT_LOCK as CLEAN
from tests.servers.small_world import repository, world
from tests.unit.workers.sweeping import HOST, LOCK, Bench, Site
from tests.values import GHOST, NOW, verdict
from workers.demo.github import GithubApp
from workers.demo.loopback import Server
from workers.ledger import findings, verdicts
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkKind
from workers.steps.search import visit_item


@pytest.fixture
def bench(ledger: Ledger) -> Iterator[Bench]:
    """A ledger that knows one ghost, and a GitHub."""
    site, budget = Site(app=GithubApp(world(), check=errors_of)), RecordingBudget()
    with Server({f"api.{HOST}": site}) as server:
        http = Http(agent="test", budget=budget, connect_to=server.connect_to)
        settings = HostSettings(
            name=HOST,
            kind=HostKind.GITHUB,
            web_url=f"https://{HOST}",
            api_url=f"https://api.{HOST}",
            token="t",
        )
        with ledger.write() as conn:
            verdicts.replace(conn, {GHOST: (verdict(),)}, NOW)
        yield Bench(ledger=ledger, site=site, host=GitHub(settings, http, budget, site.now))
        http.close()


def show(bench: Bench, **files: bytes) -> None:
    """Let the only repository have these files; `app__uv` is `app/uv.lock`."""
    named = {f"{name.replace('__', '/')}.lock": data for name, data in files.items()}
    bench.site.show(repository("o/task", named | {"README.md": str(sorted(named)).encode()}))


def statuses(bench: Bench) -> dict[str, str]:
    with bench.ledger.read() as conn:
        found = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
        return {
            one.finding.sighting.path: one.status
            if one.status_reason is None
            else f"{one.status}: {one.status_reason.code}"
            for one in found
        }


def test_a_root_that_was_cleaned_is_settled_by_the_page_that_shows_it(bench: Bench) -> None:
    show(bench, uv=LOCK)
    bench.sweep()
    found = statuses(bench)
    show(bench, uv=CLEAN)
    bench.sweep()
    cleaned = statuses(bench)
    show(bench, uv=LOCK)
    bench.sweep()
    back = statuses(bench)
    show(bench)
    bench.sweep()

    assert found == back == {"uv.lock": "new"}
    assert cleaned == {"uv.lock": "gone-at-refs: pin-gone"}
    assert statuses(bench) == {"uv.lock": "gone-at-refs: lock-gone"}


def test_a_folder_is_settled_only_where_a_read_was_told_to_look_into_it(bench: Bench) -> None:
    show(bench, app__uv=LOCK, lib__uv=LOCK)
    number = bench.save("o/task", "app/uv.lock", "lib/uv.lock")
    bench.offer(visit_item(WorkKind.READ, number, HOST, bench.run, bench.site.now()))
    bench.read()
    found = statuses(bench)
    show(bench, app__uv=CLEAN)

    bench.offer(visit_item(WorkKind.READ, number, HOST, bench.run, bench.site.now()))
    bench.read()

    assert found == {"app/uv.lock": "new", "lib/uv.lock": "new"}
    assert statuses(bench) == {"app/uv.lock": "gone-at-refs: pin-gone", "lib/uv.lock": "new"}


def test_a_repository_without_a_commit_has_no_lock(bench: Bench) -> None:
    show(bench, uv=LOCK)
    bench.sweep()
    bench.site.show(repository("o/task", {}))

    bench.sweep()

    assert statuses(bench) == {"uv.lock": "gone: repository-empty"}
