"""The HTTP client, which remembers what it asked and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crawler.net import Answer, Bucket, Http, HttpLimits

__all__ = ["Exchange", "RecordingHttp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer."""

    method: str
    url: str
    """As it was asked for, query and all."""
    content: bytes | None = None
    status: int = 200
    body: bytes = field(default=b"", repr=False)


class RecordingHttp(Http):
    """Asks as ever; what raises instead of an answer (429, a lost connection) is not recorded."""

    def __init__(self, *, trusted_host: str) -> None:
        """Ask `trusted_host` (`host:port`) over plain http."""
        super().__init__(agent="test", trusted_hosts=(trusted_host,))
        self.exchanges: list[Exchange] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        limits: HttpLimits | None = None,
        bucket: Bucket | None = None,
    ) -> Answer:
        answer = super().request(
            method, url, headers=headers, content=content, limits=limits, bucket=bucket
        )
        self.exchanges.append(
            Exchange(
                method=method, url=url, content=content, status=answer.status, body=answer.body
            )
        )
        return answer
