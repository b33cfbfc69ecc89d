"""What the lock of a tool has for the registry that the tool asks by default: not for Python and npm, which are configured.

Whose host it is comes from packageurl's own table; here stands only what tools write around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from crawler.model import Ecosystem

__all__ = ["lock_spellings"]

_CONDA = "pkg:conda/x@1?channel={}&subdir=noarch&build=1&type=conda"


def lock_spellings() -> Mapping[Ecosystem, tuple[str, ...]]:
    """Return the spellings by ecosystem, the first one as its tool writes it now; none: the lock leaves it out.

    Sources: the documentation of Cargo ("Source Replacement"), Bundler, Dart pub, Mix, CocoaPods and conda.
    """
    crates, gems = _host_of("pkg:cargo/x"), _host_of("pkg:gem/x")
    pods, pub = _host_of("pkg:cocoapods/x"), _host_of("pkg:pub/x@1")
    channels = (_host_of(_CONDA.format(channel)) for channel in ("conda-forge", "main"))
    return {
        Ecosystem.CARGO: (
            f"https://github.com/rust-lang/{crates}-index",
            f"https://index.{crates}/",
        ),
        Ecosystem.COCOAPODS: (
            "trunk",
            f"https://cdn.{pods}/",
            "https://github.com/CocoaPods/Specs.git",
            "https://github.com/CocoaPods/Specs",
        ),
        Ecosystem.COMPOSER: (),
        Ecosystem.CONDA: tuple(f"https://{host}/" for host in channels),
        Ecosystem.DENO: (),
        Ecosystem.GEM: (f"https://{gems}/", f"https://index.{gems}/"),
        Ecosystem.GOLANG: (),
        Ecosystem.HEX: ("hexpm",),
        Ecosystem.MAVEN: (),
        Ecosystem.NUGET: (),
        Ecosystem.PUB: (f"https://{pub}/",),
    }


def _host_of(purl: str) -> str:
    from packageurl.contrib.purl2url import get_inferred_urls

    urls = get_inferred_urls(purl)  # type: ignore[no-untyped-call] # the library has none
    return urlsplit(str(urls[0])).netloc
