"""What a go.sum is told to name, before any pin is made, is what its pins name."""

from __future__ import annotations

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lockfiles.gosum import GosumParser
from tests.columns import check_columns

HASH = f"h1:{'Zz0+/' * 8}abc="
MODULES = ("host.example/zz", "host.example/Zz/v2", "host.example/!zz", "zz", "z" * 214)
ODD_MODULES = (
    "z" * 215,
    "host.example/caf\xe9",
    "\u212azz",
    "",
    "zz zz",
    "<<<<<<< zz",
    "<<<<<<<zz",
    "zz\x0czz",
)
VERSIONS = ("v1.0.0", "v0.0.0-20250102033503-faa5f7b0171c", "v2.0.0+incompatible", "v1.0.0-zz.1")
ODD_VERSIONS = ("1.0.0", "v", "v1/2", "v1\u20281", "v1.0.0/go.sum", "v1.0.0/go.mod")
HASHES = (HASH, f"h1:{'0' * 43}=")
ODD_HASHES = (
    HASH[:-1],
    f"h1:{'0' * 42}==",
    f"h1:{'_' * 43}=",
    f"h2:{'0' * 43}=",
    "h1:",
    f"{HASH} zz",
)
BETWEEN = ("\n", "\r\n")
ODD_BETWEEN = ("\n\n", " \n", "\n ", "\r", "\n\t\n", "\n=======\n", "\n>>>>>>> zz\n", " ")


@st.composite
def sums(draw: st.DrawFn) -> str:
    choices = count()
    odd_one = draw(st.integers(0, 20)) if draw(st.integers(0, 3)) == 0 else None

    def any_of(as_written: tuple[str, ...], odd: tuple[str, ...]) -> str:
        return draw(st.sampled_from(odd if next(choices) == odd_one else as_written))

    def lines() -> str:
        named = f"{any_of(MODULES, ODD_MODULES)} {any_of(VERSIONS, ODD_VERSIONS)}"
        ends = draw(
            st.sampled_from([("", "/go.mod"), ("", "/go.mod"), ("",), ("/go.mod",), ("", "")])
        )
        hashed = [f"{named}{end} {any_of(HASHES, ODD_HASHES)}" for end in ends]
        return any_of(BETWEEN, ODD_BETWEEN).join(hashed)

    parts = [lines() + any_of(BETWEEN, ODD_BETWEEN) for _ in range(draw(st.integers(1, 3)))]
    return "".join([*parts, draw(st.sampled_from(["", lines()]))])


@settings(max_examples=300)
@given(sums())
def test_a_go_sum_is_told_to_name_what_its_pins_name(text: str) -> None:
    check_columns(GosumParser(), text.encode())
