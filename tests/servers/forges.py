"""Settings of a host whose API a stage plays."""

from __future__ import annotations

from crawler.hosts.interface import HostKind, HostSettings
from tests.servers.stage import TOKEN, Stage

__all__ = ["settings_on"]


def settings_on(
    stage: Stage, web_url: str, *, token: str | None = TOKEN, owners: tuple[str, ...] = ()
) -> HostSettings:
    """The host at `web_url`; its kind is of no matter to a host that is built by hand."""
    return HostSettings(
        name=web_url.partition("://")[2],
        kind=HostKind.GIT,
        web_url=web_url,
        api_url=stage.server.base_url,
        token=token,
        identity="fingerprint",
        trusted=True,
        owners=owners,
    )
