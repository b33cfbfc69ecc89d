"""A stored package is found by all that it is judged by: else a verdict on it could be missed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.matching import indicators_of
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin, path_of
from tests.generated import examples
from tests.values import BLAKE, SHA, sha256
from workers.ledger.blocks import blocks_of, digests_of, names_of, prefix
from workers.ledger.sql.keys import written

NAMES = ("zz-ghost", "Zz.Ghost", "zz_ghost", "@zz/ghost", "zz ghost", "\u212aind", "-", "", None)
VERSIONS = ("1.0", "v1.0.0", "1.0+Local", "1_0", "", "x" * 300, None)
FILES = (
    "zz_ghost-1.0-py3-none-any.whl",
    "Zz.Ghost-1.0.tar.gz",
    "other-2.0.zip",
    "zz-ghost-1.0-2.tgz",
    "zz.txt",
    None,
)
PATHS = (
    path_of(BLAKE, "zz_ghost-1.0-py3-none-any.whl"),
    path_of(BLAKE, "a.whl") + path_of("ef" * 32, "b.whl"),
    path_of(BLAKE, "a.whl") + "?x=" + path_of("ef" * 32, "b.whl"),
    path_of(BLAKE, "a.whl").replace("/packages", "/%70ackages").upper(),
    path_of(BLAKE, "a.whl").replace("/", "//"),
    path_of(BLAKE, "x/../a.whl"),
    "/@zz/ghost/-/ghost-1.0.0.tgz",
    "/zz-ghost/-/other-2.0.0.tgz#sha1",
    "",
)
HOSTS = ("https://files.index.example", "HTTPS://u:p@Files.Index.example:443", "//x.example", "")


@examples(400)
@given(
    ecosystem=st.sampled_from((Ecosystem.PYPI, Ecosystem.NPM, Ecosystem.CARGO)),
    name=st.sampled_from(NAMES),
    version=st.sampled_from(VERSIONS),
    filename=st.sampled_from(FILES),
    url=st.none() | st.builds(str.__add__, st.sampled_from(HOSTS), st.sampled_from(PATHS)),
    stated=st.booleans(),
)
def test_what_a_pin_is_judged_by_is_what_its_block_is_found_by(
    ecosystem: Ecosystem,
    name: str | None,
    version: str | None,
    filename: str | None,
    url: str | None,
    *,
    stated: bool,
) -> None:
    pin = Pin(
        ecosystem=ecosystem,
        name=name,
        version=version,
        origin=Origin(kind=OriginKind.REGISTRY),
        lines=LineSpan(first=1, last=1),
        url=url,
        filename=filename,
        digests=(sha256(SHA),) if stated else (),
    )
    (block,) = blocks_of([pin])
    keys = indicators_of([pin], {}).keys

    assert {written(one) for one in keys.projects} <= {written(one) for one, _ in names_of(block)}
    assert {bytes.fromhex(one)[:8] for one in keys.digests} <= digests_of(block)
    assert prefix(sha256(SHA)) == bytes.fromhex(SHA)[:8]
