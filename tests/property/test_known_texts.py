"""What the ledger knows of the texts of packages spares reading them, and hides nothing.

A ledger that passes over known texts and one that reads every lock as a whole live through the same history:
visits of locks that share packages, verdicts and registries that change, hunts. They must say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import event, given
from hypothesis import strategies as st

from crawler.model import Distribution, Ecosystem, ProjectKey, Subject, Verdict, VerdictState
from tests.generated import examples
from tests.servers.ledgers import new_ledger
from tests.servers.visited_ledger import FILE_HOST, VisitedLedger, blake_of, package, sha_of
from tests.values import blake2b, sha256, verdict

NAMES = ("zz-ghost-a", "zz-ghost-b", "zz-ghost-c", "zz-ghost-d")
HOSTS = (FILE_HOST, "files.index.exampl", "cdn.example")
STATES = (
    VerdictState.MALICIOUS,
    VerdictState.QUARANTINED,
    VerdictState.REMOVED,
    VerdictState.ALLOWED,
    VerdictState.WITHDRAWN,
)
ODD = ("", "", "", "", "wheels = 3\n", 'sdist = { hash = "sha256:00" }\n', "zz = [\n")


@st.composite
def some_packages(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(NAMES))
    mostly = st.sampled_from((True, True, True, True, False))
    return package(
        name,
        draw(st.sampled_from(("1.0", "2.0"))),
        HOSTS[0] if draw(mostly) else draw(st.sampled_from(HOSTS)),
        wheel_of=name if draw(mostly) else draw(st.sampled_from(NAMES)),
        odd="" if draw(mostly) else draw(st.sampled_from(ODD)),
    )


@st.composite
def some_verdicts(draw: st.DrawFn, name: str) -> tuple[Verdict, ...]:
    project = ProjectKey(ecosystem=Ecosystem.PYPI, name=name)
    state, version = draw(st.sampled_from(STATES)), draw(st.sampled_from(("1.0", "2.0")))
    file = Distribution(
        filename=f"{name.replace('-', '_')}-{version}-py3-none-any.whl",
        digests=draw(
            st.sampled_from(
                (
                    (sha256(sha_of(name, version)),),
                    (blake2b(blake_of(name, version)),),
                    (sha256(sha_of(draw(st.sampled_from(NAMES)), version)),),
                )
            )
        ),
    )
    subjects = (
        Subject(project=project),
        Subject(project=project, version=version),
        Subject(project=project, version=version, file=file),
    )
    some = draw(st.lists(st.sampled_from(subjects), max_size=2, unique=True))
    return tuple(replace(verdict(state), subject=subject) for subject in some)


Step = Callable[[VisitedLedger], None]


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    packages = draw(st.lists(some_packages(), min_size=1, max_size=6))
    lines = st.sampled_from(("version = 1\n", "version = 1\n# zz\n", "version = 1\nrevision = 2\n"))
    steps: list[Step] = []
    for kind in draw(st.lists(st.sampled_from("vvvvvjjhr"), min_size=2, max_size=14)):
        match kind:
            case "v":
                some = draw(st.lists(st.sampled_from(packages), max_size=6))
                lock, number = (draw(lines) + "".join(some)).encode(), draw(st.integers(0, 2))
                steps.append(lambda one, number=number, lock=lock: one.visit(number, lock))  # type: ignore[misc]
            case "j":
                name = draw(st.sampled_from(NAMES))
                judged = draw(some_verdicts(name))
                steps.append(lambda one, name=name, judged=judged: one.judge(name, *judged))  # type: ignore[misc]
            case "h":
                steps.append(VisitedLedger.hunt)
            case _:
                hosts = frozenset(draw(st.sets(st.sampled_from(HOSTS))))
                steps.append(lambda one, hosts=hosts: setattr(one, "file_hosts", hosts))  # type: ignore[misc]
    return steps


@examples(200)
@given(history=histories())
def test_a_ledger_that_passes_over_what_it_knows_says_what_one_that_reads_all_says(
    history: Sequence[Step],
) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="known-")))
        twins = [
            VisitedLedger(ledger=new_ledger(folder / name), reads_all=name == "all")
            for name in ("known", "all")
        ]
        for twin in twins:
            stack.callback(twin.ledger.close)
            for step in history:
                step(twin)
        knowing, reading = twins
        event(f"passed over: {knowing.passed_over > 0}")

        assert knowing.said() == reading.said()
        assert reading.passed_over == 0
        assert knowing.wrong() == []
