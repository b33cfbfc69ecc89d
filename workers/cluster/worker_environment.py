"""What a worker process inherits: this process's environment with its settings, and tokens where needed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workers.settings import Settings

__all__ = ["worker_environment"]


def worker_environment(settings: Settings, *, tokens: bool) -> Mapping[str, str]:
    """Return the environment of a worker process; `tokens` only for the one that needs them."""
    secrets = {s.token_env for s in settings.hosts.values() if s.token_env}
    kept = {
        name: value
        for name, value in os.environ.items()
        if tokens or name not in secrets | {f"{secret}_FILE" for secret in secrets}
    }
    return (
        kept
        | {
            "GHOSTCRAWL_STATE_DIR": str(settings.state_dir),
            "GHOSTCRAWL_DATABASE_URL": settings.database_url,
            "GHOSTCRAWL_BROKER_URL": settings.broker_url,
        }
        | ({"GHOSTCRAWL_CONFIG": str(settings.config)} if settings.config else {})
    )
