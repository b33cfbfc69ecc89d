"""Our reader of repositories against the others: `python -m benchmarks.git [--peers DIR] [--small 500]`.

Repositories made here (`git_repositories`) lie behind a real smart-HTTP server (`git_server`) on the
same machine, so server and client share its cores. Every client is a process that is given URLs and
must bring home the same locks; its CPU is that of all its children, less what it takes to start with no
URL at all, and its time begins when it has started. Requests and bytes are counted by the server, headers included. GitPython is in our own
environment; dulwich in one made by hand (`uv venv DIR && uv pip install --python DIR/bin/python dulwich`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import git_repositories, git_rows
from benchmarks.git_runs import Runs
from benchmarks.git_server import serving
from benchmarks.table import missed, render

__all__ = ["main"]


def main() -> int:
    """Print one table; 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=500, help="small repositories (default: 500)")
    parser.add_argument("--peers", type=Path, help="virtual environment that has dulwich")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ghostcrawl-bench-git-") as folder:
        root, work = Path(folder) / "repositories", Path(folder) / "work"
        places = git_repositories.build(root, arguments.small)
        with serving(root) as ports:
            runs = Runs(root=root, work=work, ports=ports, peers=arguments.peers)
            rows = tuple(git_rows.rows(runs, places))
    print(render(rows))  # noqa: T201 - a program's output
    return 1 if missed(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
