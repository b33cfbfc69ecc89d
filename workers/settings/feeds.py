"""`[feeds]`: where removals are learned."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from workers.settings.paths import AbsolutePath

__all__ = ["FeedSection"]


class FeedSection(BaseModel):
    """`[feeds]`: where removals are learned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    osv_url: str = "https://storage.googleapis.com/osv-vulnerabilities"
    kam193_url: str = "https://github.com/kam193/package-campaigns"
    datadog_url: str = "https://github.com/DataDog/malicious-software-packages-dataset"
    aikido_url: str = ""
    """Off by default: ask for a licence of the list, then set it."""
    aikido_predictions_url: str = ""
    npm_changes_url: str = ""
    """Default: derived from the address of the npm registry."""
    protected: tuple[str, ...] = ()
    """Projects (`pypi/name`, `npm/@scope/name`) that no record may accuse by name alone, beside the
    most used ones, which never can be."""
    snapshot_signing_key: AbsolutePath | None = None
    """Secret key, SSH or minisign, that signs what `seed export` writes."""
    snapshot_public_keys: AbsolutePath | None = None
    """File with public keys; `seed import` takes only what one of them has signed."""
    journal_since: int | None = None
    """Serial that the first poll of the journal starts at; default: a week before the newest."""
