"""Every forge played once: its adapter lists its fake to the end, and asks for what is related.

The two talk over the loopback, and all that they say is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler.hosts.azure import Azure
from crawler.hosts.bitbucket import Bitbucket
from crawler.hosts.forgejo import Forgejo
from crawler.hosts.gerrit import Gerrit
from crawler.hosts.gitee import Gitee
from crawler.hosts.gitlab.host import GitLab
from crawler.hosts.interface import HostKind, HostSettings, Lister, ListPage
from crawler.hosts.launchpad import Launchpad
from crawler.hosts.pagure import Pagure
from crawler.hosts.sourcehut import SourceHut
from tests.contract.published.recording import Exchange, RecordingHttp
from tests.servers import azure_repositories, bitbucket_repositories, pagure_projects
from tests.servers.api import ApiServer, Asked, RecordingBudget, Reply, json_reply
from tests.servers.forges import settings_on
from tests.servers.gerrit_projects import GerritProjects
from tests.servers.gitee_repositories import GiteeRepositories
from tests.servers.gitlab_projects import GitLabProjects, project
from tests.servers.launchpad_repositories import LaunchpadRepositories
from tests.servers.small_world import Clock, repository, world
from tests.servers.small_world import serving as serving_app
from tests.servers.sourcehut_repositories import SourceHutRepositories
from tests.servers.stage import TOKEN, Script, Stage
from workers.demo.forgejo import ForgejoApp

__all__ = ["PLAYS", "Played", "play"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What an adapter and a fake said to each other, and what the adapter found."""

    exchanges: tuple[Exchange, ...]
    paths: tuple[str, ...]


def play(script: Script, ask: Callable[[Stage], Iterator[str]]) -> Played:
    with ApiServer(script) as server:
        http = RecordingHttp(trusted_host=server.authority)
        stage = Stage(
            server=server, budget=RecordingBudget(), http=http, now=datetime(2026, 6, 1, tzinfo=UTC)
        )
        try:
            paths = tuple(ask(stage))
        finally:
            http.close()
    return Played(exchanges=tuple(http.exchanges), paths=paths)


def _to_the_end(ask: Callable[[str | None], ListPage], cursor: str | None = None) -> Iterator[str]:
    page = ask(cursor)
    yield from (found.path for found in page.repositories)
    while page.next_cursor is not None:
        page = ask(page.next_cursor)
        yield from (found.path for found in page.repositories)


def _listed(make: Callable[[Stage], Lister]) -> Callable[[Stage], Iterator[str]]:
    return lambda on: _to_the_end(make(on).list)


def _gitlab() -> Played:
    projects = GitLabProjects(broken={400})
    for number in range(1, 151):
        projects.add(number, f"team/p{number}")

    def answer(asked: Asked) -> Reply:
        if "/users/team/" in asked.path:
            return json_reply({"message": "404 User Not Found"}, status=404)
        if asked.path == "/api/v4/projects":
            return projects(asked)
        page = int(asked.query["page"])
        return json_reply([project(page, f"x/y{page}")], x_next_page="2" if page == 1 else "")

    def ask(on: Stage) -> Iterator[str]:
        host = GitLab(settings_on(on, "https://gitlab.example"), on.http)
        yield from _to_the_end(host.list)
        projects.broken.clear()
        yield from _to_the_end(host.list, host.since(datetime(2026, 4, 1, tzinfo=UTC)))
        near = host.repository("team/p1")
        yield from _to_the_end(lambda cursor: host.forks(near, cursor))
        yield from _to_the_end(lambda cursor: host.list_owner(near, cursor))
        alone = host.repository("someone/p1")
        yield from _to_the_end(lambda cursor: host.list_owner(alone, cursor))

    return play(answer, ask)


def _azure() -> Played:
    parent = {
        "id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2d",
        "name": "app",
        "project": {"name": "Up"},
    }
    fake = azure_repositories.AzureRepositories(
        repositories=[
            azure_repositories.repository("My Project", "my app"),
            azure_repositories.repository("other", "x", isFork=True, parentRepository=parent),
        ]
    )

    def make(on: Stage) -> Azure:
        settings = settings_on(on, "https://azure.example/org")
        return Azure(replace(settings, api_url=f"{on.server.base_url}/org"), on.http)

    return play(fake, _listed(make))


def _bitbucket() -> Played:
    parent = {"type": "repository", "full_name": "up/app"}
    fake = bitbucket_repositories.BitbucketRepositories(
        repositories=[
            bitbucket_repositories.repository(
                f"o/r{day}", f"2026-01-{day:02}T12:00:00.123456+00:00", parent=parent
            )
            for day in range(1, 6)
        ]
    )

    def make(on: Stage) -> Bitbucket:
        fake.base_url = on.server.base_url
        return Bitbucket(settings_on(on, "https://bitbucket.example"), on.http)

    return play(fake, _listed(make))


def _forgejo() -> Played:
    host = "127.0.0.1"
    content = world(
        *(repository(f"o/r{number}", {"a": b"1"}, host=host) for number in range(70)),
        *(repository(f"x{number}/r0", {}, host=host, fork_of="o/r0") for number in range(60)),
    )
    with serving_app(lambda url: ForgejoApp(content, host=host, web_url=url, clock=Clock())) as url:
        http = RecordingHttp(trusted_host=url.partition("://")[2])
        settings = HostSettings(
            name="forge.example", kind=HostKind.FORGEJO, web_url=url, trusted=True
        )
        forge = Forgejo(settings, http)
        near = forge.repository("o/r0")
        try:
            paths = (
                *_to_the_end(forge.list),
                *_to_the_end(lambda cursor: forge.forks(near, cursor)),
                *_to_the_end(lambda cursor: forge.list_owner(near, cursor)),
            )
        finally:
            http.close()
    return Played(exchanges=tuple(http.exchanges), paths=paths)


def _gitee() -> Played:
    fake = GiteeRepositories(
        orgs={"team": [f"team/r{n}" for n in range(250)]}, users={"one": ["one/a", "one/b"]}
    )
    owners = ("team", "one")
    return play(
        fake,
        _listed(lambda on: Gitee(settings_on(on, "https://g.example", owners=owners), on.http)),
    )


def _gerrit() -> Played:
    fake = GerritProjects(states={f"platform/p{n:03}": "ACTIVE" for n in range(230)})
    return play(fake, _listed(lambda on: Gerrit(settings_on(on, on.server.base_url), on.http)))


def _launchpad() -> Played:
    minutes = (0, 1, 2, 2, 2, 2, 2, 3, 4, 5)
    fake = LaunchpadRepositories(
        size=3,
        changed={
            f"~o/p/+git/r{number}": f"2026-05-01T00:0{minute}:00.000000+00:00"
            for number, minute in enumerate(minutes)
        },
    )
    return play(
        fake, _listed(lambda on: Launchpad(settings_on(on, "https://git.lp.example"), on.http))
    )


def _pagure() -> Played:
    fake = pagure_projects.PagureProjects()
    for number in range(230):
        fake.add(number, f"p{number:03}")
    fake.add(999, "forks/o/p000", parent=pagure_projects.project(0, "p000"))

    def make(on: Stage) -> Pagure:
        fake.host = on.server.base_url
        return Pagure(settings_on(on, "https://pagure.example"), on.http)

    return play(fake, _listed(make))


def _sourcehut() -> Played:
    fake = SourceHutRepositories(token=TOKEN, size=2)
    for number in range(5):
        fake.add("o", f"r{number}")

    def make(on: Stage) -> SourceHut:
        settings = settings_on(on, "https://git.sr.example")
        settings = replace(settings, graphql_url=f"{on.server.base_url}/query")
        return SourceHut(replace(settings, owners=("o", "nobody")), on.http)

    return play(fake, _listed(make))


PLAYS = {
    "azure": (_azure, 2),
    "bitbucket": (_bitbucket, 5),
    "forgejo": (_forgejo, 130),
    "gerrit": (_gerrit, 230),
    "gitee": (_gitee, 252),
    "gitlab": (_gitlab, 152),
    "launchpad": (_launchpad, 10),
    "pagure": (_pagure, 231),
    "sourcehut": (_sourcehut, 5),
}
"""How to play a forge, and how many repositories the adapter finds."""
