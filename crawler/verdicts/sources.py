"""Who said it, each root source once: a record that only cites another is no second witness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crawler.model import Assertion, Source
from crawler.verdicts.statements import order

__all__ = ["roots_of", "sources_of"]


def roots_of(assertions: Iterable[Assertion]) -> Mapping[str, str]:
    """Return record id -> root source, over all that is known of a project."""
    return {a.record_id: a.root_source for a in sorted(assertions, key=order, reverse=True)}


def sources_of(assertions: Iterable[Assertion], roots: Mapping[str, str]) -> tuple[Source, ...]:
    """Return one source per root, the earliest; a root that is a record's id is that record's root."""
    found = dict[str, Source]()
    for assertion in sorted(assertions, key=order):
        root = _resolved(assertion.root_source, roots)
        found.setdefault(
            root,
            Source(
                feed=assertion.feed,
                record_id=assertion.record_id,
                root_source=root,
                reference=assertion.reference,
            ),
        )
    return tuple(found.values())


def _resolved(root: str, roots: Mapping[str, str]) -> str:
    seen = {root}
    while (cited := roots.get(root)) is not None and cited not in seen:
        root = cited
        seen.add(root)
    return root
