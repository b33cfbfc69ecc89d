"""The demo world for services of docker-compose.yml: served where they are, in their network namespace.

`python -m tests.servers.compose_world FOLDER` writes FOLDER/config.toml and urls.txt, then answers each line
on its standard input by a line of JSON: `score URL` compares the findings of a ledger with the truth,
`traffic` tells what was asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from workers.demo.cases.case import GIT
from workers.demo.score import score
from workers.demo.server import WorldServer
from workers.demo.tour import configuration
from workers.demo.world import build, clone_urls
from workers.ledger import findings
from workers.ledger.ledger import Ledger

__all__ = ["main"]

FACTOR = 200.0
"""How much faster policy lives: feeds are polled every few seconds, not several times a second."""


def _configuration(server: WorldServer) -> str:
    """Return what an operator would write: compose says by itself where the state and the token lie."""
    kept = (
        line
        for line in configuration(server).splitlines()
        if not line.startswith(("state_dir", "token_file", "scale"))
    )
    text = "\n".join(kept).replace("GHOSTCRAWL_DEMO_TOKEN", "GITHUB_TOKEN")
    return text.replace("[network]\n", f"[network]\nscale = {FACTOR}\n")


def _score(url: str, server: WorldServer, truth: object) -> dict[str, object]:
    from crawler.model import Confidence

    del server
    ledger = Ledger.open(url)
    with ledger.read() as conn:
        reports = list(findings.reports(conn, minimum=Confidence.CENSUS))
    ledger.close()
    result = score(reports, truth)  # type: ignore[arg-type]
    return {
        "findings": len(reports),
        "right": result.right,
        "wrong": list(result.wrong),
        "missed": list(result.missed),
    }


def _answer(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until standard input ends."""
    folder, world = Path(sys.argv[1]), build()
    with WorldServer(world, folder / "repositories", clock_factor=FACTOR, page_limit=100) as server:
        (folder / "urls.txt").write_text("\n".join(clone_urls(world, GIT)) + "\n")
        (folder / "config.toml").write_text(_configuration(server))
        _answer({})
        for line in sys.stdin:
            match line.split():
                case ["score", url]:
                    answer = _score(url, server, world.truth)
                case ["traffic"]:
                    traffic = server.traffic()
                    over = server.github.stats().violations + server.forgejo.stats().violations
                    answer = {"requests": traffic.requests, "overspent": over}
                    answer["downloads"] = traffic.file_downloads
                case other:
                    answer = {"unknown": other}
            _answer(answer)


if __name__ == "__main__":
    main()
