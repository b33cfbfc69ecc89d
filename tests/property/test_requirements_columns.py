"""What a requirements file is told to name, before any pin is made, is what its pins name."""

from __future__ import annotations

from itertools import count

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.lockfiles.requirements import RequirementsParser
from tests.columns import check_columns

SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
OTHER = "0" * 64
NAMES = ("zz-a", "zz_b", "ZZ.c", "zz", "zz[a,b]", "zz [a]", "0" * 214)
ODD_NAMES = ("zz-", "-zz", "zz.zip", "\u212azz", "0" * 215, "<<<<<<< zz", "git")

SPECIFIERS = (
    *["==1.0"] * 6,
    "",
    " == 1.0",
    ">=1.0",
    ">=1.0,<2",
    "===1.0",
    "==1.0+cpu",
    "~=1.0, !=1.4.*",
    "==1.*",
    "==v1-0",
    " @ git+https://zz@host.example/zz.git@0a1b2c#subdirectory=zz",
    "@git+ssh://git@host.example/zz",
)
ODD_SPECIFIERS = (
    "==1.0,!=1.1",
    "==1.0,",
    "===1.*",
    "== =1.0",
    "==1.0.zip",
    ".zip ==1.0",
    "==${ZZ}",
    "==",
    "(==1.0)",
    " 1.0",
    " -1.0",
    " @ git+https://host.example/zz#egg=zz_q&zz=1 1",
    " @ git+https://host.example/zz;zz",
    f" @ https://files.index.example/packages/ab/cd/{'ef' * 30}/zz-1.0.tar.gz",
    ":",
)
MARKERS = (
    *[""] * 4,
    "; python_version < '3.9'",
    ' ; sys_platform == "win32" and zz == "x86-64"',
    ";zz -a",
    ";-",
    ";",
)
ODD_MARKERS = (";zz -- b", "; zz # zz", "; zz \\", "; caf\xe9", " -C zz", "; -e .")
HASHES = (f"--hash=sha256:{SHA256}", f"--hash=sha256:{SHA256[::-1]}")
ODD_HASHES = (
    f"--hash=sha256:{SHA256.upper()}",
    f"--hash=sha256:{SHA256[1:]}",
    f"--hash=sha256:{SHA256}0",
    f"--hash=sha256:{SHA256[1:]} ",
    f"--hash=sha512:{SHA256 * 2}",
    f"--hash sha256:{SHA256}",
    f"--hash=sha256:{SHA256} \\",
    f"# --hash=sha256:{SHA256}",
)
BREAKS = (*[" \\\n    "] * 6, " ")
ODD_BREAKS = (
    "\\\n    ",
    " \\\n\t",
    " \\\n",
    " \\\\\n    ",
    "  \\\n    ",
    "",
    "\n    ",
    " \\\n\n    ",
)
ENDS = (*[""] * 4, "  # via zz", "\n    # via zz", "\n    # via\n    #   zz \\", " ", " # caf\xe9")
ODD_ENDS = (
    "# zz",
    " # zz \\",
    " #\tzz",
    f" # --hash=sha256:{OTHER}",
    f"\n# --hash=sha256:{OTHER}",
    f"\n# zz \\\n    --hash=sha256:{OTHER}",
    f"\n    --hash=sha256:{OTHER}",
    " \\",
    " \\\n    ",
    "\x00",
    " # zz\x0czz==3",
    "\n# zz\u2028zz==3",
    "\n# zz\rzz==3",
    "\n# <<<<<<< zz\n<<<<<<< zz\n",
    "\n# zz\n<<<<<<< zz\nzz==2\n=======\nzz==3\n>>>>>>> zz",
    f"\n# zz --hash=sha256:{OTHER} zz\n# zz",
)
OTHERS = (
    *["# zz", "", "    # zz", "\t# zz"],
    *["-i https://index.example/simple", "--index-url https://zz:zz@index.example/simple"],
    *["--extra-index-url=https://index.example/simple", "--trusted-host index.example", "--pre"],
    *["-e .", "./zz", "-e ./zz[a,b]", ".[zz]", "../zz # zz"],
)
ODD_OTHERS = (
    "--index-url",
    "--no-binary=:all: zz",
    "--no-binary 'zz",
    "--prefer-binar",
    "--find-links https://files.index.example/zz-1.0.tar.gz",
    "-r other.txt",
    "-c constraints.txt",
    "-e git+https://host.example/zz#egg=zz",
    "-e zz",
    "./zz-1.0.zip",
    "https://files.index.example/zz-1.0.tar.gz",
    f"--hash=sha256:{SHA256}",
    f"-i https://index.example/ --hash=sha256:{SHA256}",
    f"-e . --hash=sha256:{SHA256}",
    "=======",
    "  zz==1.0",
    "zz==1.0\t# zz",
)
TOPS = ("", "# zz\n", "\ufeff", "# -*- coding: utf-8 -*-\n")
ODD_TOPS = (
    "# -*- coding: latin-1 -*-\n",
    "# coding=utf-7\n",
    "# coding: shift_jis\n",
    "# coding: utf-8-zz\n",
    "# zz\n# coding: utf-8, coding: cp1252\n",
)


@st.composite
def requirements(draw: st.DrawFn) -> str:
    choices = count()
    odd_one = draw(st.integers(0, 20)) if draw(st.integers(0, 3)) == 0 else None

    def any_of(as_written: tuple[str, ...], odd: tuple[str, ...]) -> str:
        return draw(st.sampled_from(odd if next(choices) == odd_one else as_written))

    def line() -> str:
        if draw(st.integers(0, 3)) == 0:
            return any_of(OTHERS, ODD_OTHERS)
        parts = [any_of(NAMES, ODD_NAMES), any_of(SPECIFIERS, ODD_SPECIFIERS)]
        parts.append(any_of(MARKERS, ODD_MARKERS))
        for _ in range(draw(st.integers(0, 3))):
            parts += [any_of(BREAKS, ODD_BREAKS), any_of(HASHES, ODD_HASHES)]
        return "".join([*parts, any_of(ENDS, ODD_ENDS)])

    top = any_of(TOPS, ODD_TOPS)
    lines = [line() for _ in range(draw(st.integers(1, 3)))]
    return top + "\n".join([*lines, ""])


@settings(max_examples=500)
@example("zz.zip ==1.0\n", "\n")
@example(f"zz==1.0 --hash=sha256:{SHA256.upper()}\n", "\n")
@example("# coding=utf-7\nzz==1.0\n", "\n")
@example(f"zz==1.0\n# zz --hash=sha256:{OTHER}\n", "\n")
@given(requirements(), st.sampled_from(["\n", "\n", "\r\n"]))
def test_requirements_are_told_to_name_what_their_pins_name(text: str, line_end: str) -> None:
    check_columns(RequirementsParser(), text.replace("\n", line_end).encode())
