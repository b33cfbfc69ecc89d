"""Who said it, each root source once: a record that only cites another is no second witness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crawler.model import Assertion, Source
from crawler.verdicts.precedence import order
from crawler.verdicts.withdrawals import GLOBAL_ID

__all__ = ["root_of", "roots_of", "sources_of"]


def roots_of(assertions: Iterable[Assertion]) -> Mapping[str, str]:
    """Return record id -> root source, over all that is known of a project."""
    return {a.record_id: a.root_source for a in sorted(assertions, key=order, reverse=True)}


def sources_of(assertions: Iterable[Assertion], roots: Mapping[str, str]) -> tuple[Source, ...]:
    """Return one source per root, the earliest."""
    found = dict[str, Source]()
    for assertion in sorted(assertions, key=order):
        root = root_of(assertion, roots)
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


def root_of(assertion: Assertion, roots: Mapping[str, str]) -> str:
    """Return who found it out; a root that is a record's id is that record's root.

    A copy in another feed, under the same global id, has the root of the original whatever it says.
    """
    copied = GLOBAL_ID.fullmatch(assertion.record_id)
    root = roots[assertion.record_id] if copied else assertion.root_source
    seen = {root}
    while (cited := roots.get(root)) is not None and cited not in seen:
        root = cited
        seen.add(root)
    return root
