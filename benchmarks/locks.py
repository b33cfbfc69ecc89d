"""`python -m benchmarks.locks [--peers DIR] [--work DIR] [--only PART]`: what reading locks costs.

All in one run, one table at the end; ends with 1 where a stated limit is missed. Peers are installed by
`python -m benchmarks.peers DIR`; one that is absent is said to be absent.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks import chain, generate, watch, watch_ledger
from benchmarks.peers import peers_in
from benchmarks.table import Row, missed, render
from benchmarks.whole import Stage
from crawler.pipeline import Lookup
from workers.ledger.read_only import open_read_only

__all__ = ["main"]

_PARTS = ("formats", "blocks", "peers", "watch", "child")
_CORPUS = Path(__file__).resolve().parents[2] / "shared/corpus/locks"
_PER_FORMAT = 60


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print the table; return 1 where a limit is missed."""
    options = _options(words)
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-bench-") as folder:
        work = (options.work or Path(folder)).absolute()
        rows = list(_said(_measured(work, options.peers, options.only or _PARTS)))
    sys.stdout.write(f"{render(rows)}\n")
    sys.stdout.write(f"{missed(rows)} of {sum(r.met is not None for r in rows)} limits missed\n")
    return 1 if missed(rows) else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.locks", description=__doc__)
    parser.add_argument("--peers", type=Path, help="where benchmarks.peers has installed them")
    parser.add_argument("--work", type=Path, help="keep what is generated here, for the next run")
    parser.add_argument("--only", action="append", choices=_PARTS, help="may be repeated")
    return parser.parse_args(words)


def _said(rows: Iterable[Row]) -> Iterator[Row]:
    """Show each row on stderr as soon as it is there; some take a minute."""
    for row in rows:
        sys.stderr.write(f"{render([row]).splitlines()[1]}\n")
        yield row


def _measured(work: Path, peers: Path | None, parts: Sequence[str]) -> Iterator[Row]:
    state = work / "state"
    digests = watch_ledger.build(state)
    packages = generate.population(1)
    stage = Stage(work=work, peers=peers_in(peers), state=state, packages=packages)
    made = {
        kind: list(generate.locks(kind, packages, seed=2, count=_PER_FORMAT))
        for kind in generate.FORMATS
    }
    gc.freeze()  # what was made here is not for the collector to walk through while others are timed
    found = {"generated": made, **({"corpus": chain.corpus(_CORPUS)} if _CORPUS.exists() else {})}
    asking = partial(_asking, state / "ledger.sqlite")
    for source, locks in found.items():
        yield from chain.formats(source, locks, asking) if "formats" in parts else ()
        yield from chain.blocks(source, locks, asking) if "blocks" in parts else ()
    yield from watch.child(made) if "child" in parts else ()
    yield from stage.rows() if "peers" in parts else ()
    yield from watch.index(stage, digests) if "watch" in parts else ()


@contextmanager
def _asking(ledger: Path) -> Iterator[Lookup]:
    with open_read_only(ledger) as reader:
        if reader is None:
            sys.exit("benchmarks.locks: the ledger that was just made cannot be read")
        yield reader.lookup


if __name__ == "__main__":
    sys.exit(main())
