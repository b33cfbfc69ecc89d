"""What a lock of bundler is told to name, before any pin is made, is what its pins name."""

from __future__ import annotations

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lockfiles.gemfile import GemfileParser
from tests.columns import check_columns

SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
NAMES = ("zz-a", "zz_b", "ZZ.c", "zz")
ODD_NAMES = ("z" * 215, "caf\xe9", "z(z", "zz!", "zz zz", "", "<<<<<<< zz", "zz\u2028")
VERSIONS = ("1.0", "1.0-java", "1.0.0.pre1", "1.0-x86_64-linux", "2")
ODD_VERSIONS = ("-1", "", "1.0 ", " 1.0", "1.0)", "-", "1.0)!", "= 1.0", "\u0661")
NEEDS = ("", " (>= 1, < 2)", " (= 1.0)!", "!", " (~> 1.0)")
ODD_NEEDS = (" 1.0", " (", " ()", " (1) zz", " ", " zz (1)")
SUMS = ("", f" sha256={SHA256}", f" sha256={SHA256[::-1]}")
ODD_SUMS = (
    f" sha512={SHA256 * 2}",
    f" sha256={SHA256},sha512={SHA256 * 2}",
    f" sha256={SHA256.upper()}",
    f" sha256={SHA256[1:]}",
    f" sha256={SHA256} ",
    f" {SHA256}",
    " ",
)
HEADS = ("GEM", "GEM", "GIT", "PATH", "PLUGIN SOURCE")
ODD_HEADS = ("CHECKSUMS", "DEPENDENCIES", "GEM ", "gem", "ZZ", "  GEM", "GEMS", "\ufeffGEM")
OPTIONS = (
    "  remote: https://zz:zz@index.example/\n",
    "  revision: 0a1b2c\n",
    "  glob:\n",
    "  remote: .\n",
)
ODD_OPTIONS = (
    " remote: .\n",
    "  Remote: .\n",
    "  remote:.\n",
    "\n",
    "    zz (3)\n",
    "   \n",
    "      zz\n",
)
ASIDE = (
    *["PLATFORMS\n  ruby\n", "RUBY VERSION\n   ruby 4.0.4\n", "BUNDLED WITH\n  4.0.10\n"],
    *["DEPENDENCIES\n  zz (~> 1.0)!\n  zz-a\n", "DEPENDENCIES\n    zz (1.0)\n"],
)
ODD_ASIDE = (
    *["PLATFORMS\n  ruby\n\n  java\n", "ZZ\n    zz (1.0)\n", " zz\n", "zz\n", "PLATFORMS\nruby\n"],
    *["=======\n", ">>>>>>> zz\n", "PLATFORMS\n\n    zz (1.0)\n", "GEM\n    zz (1.0)\n"],
)


@st.composite
def locks(draw: st.DrawFn) -> str:
    choices = count()
    odd_one = draw(st.integers(0, 30)) if draw(st.integers(0, 3)) == 0 else None

    def any_of(as_written: tuple[str, ...], odd: tuple[str, ...]) -> str:
        return draw(st.sampled_from(odd if next(choices) == odd_one else as_written))

    def gem(indent: str) -> str:
        return f"{indent}{any_of(NAMES, ODD_NAMES)} ({any_of(VERSIONS, ODD_VERSIONS)})"

    def times(most: int) -> range:
        return range(draw(st.integers(0, most)))

    def source() -> str:
        options = "".join(any_of(OPTIONS, ODD_OPTIONS) for _ in times(2))
        lines = [f"{any_of(HEADS, ODD_HEADS)}\n{options}  specs:"]
        for _ in times(3):
            lines.append(gem("    "))
            lines += [
                f"      {any_of(NAMES, ODD_NAMES)}{any_of(NEEDS, ODD_NEEDS)}" for _ in times(2)
            ]
        return "\n".join([*lines, ""])

    def checksums() -> str:
        return "\n".join(["CHECKSUMS", *[gem("  ") + any_of(SUMS, ODD_SUMS) for _ in times(4)], ""])

    def aside() -> str:
        return any_of(ASIDE, ODD_ASIDE)

    makers = (source, source, checksums, aside)
    sections = [draw(st.sampled_from(makers))() for _ in range(draw(st.integers(1, 4)))]
    return "\n".join(sections)


@settings(max_examples=300)
@given(locks())
def test_a_lock_of_bundler_is_told_to_name_what_its_pins_name(text: str) -> None:
    check_columns(GemfileParser(), text.encode())
