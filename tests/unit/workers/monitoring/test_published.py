"""What is published about metrics, alerts and the unit of systemd is what the program shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

from tests.servers.ledgers import new_ledger
from workers.budget.governor import BucketUsage
from workers.clock import utc_now
from workers.monitoring.ledger_gauges import LedgerGauges
from workers.monitoring.metrics import ProcessMetrics

ROOT = Path(__file__).parents[4]
MONITORING = ROOT / "docs/monitoring"
_NAME = re.compile(r"ghostcrawl_\w+")


def _named(registry: CollectorRegistry) -> set[str]:
    return {_name(metric) for metric in registry.collect() if metric.name.startswith("ghostcrawl")}


def _name(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


@pytest.fixture
def shown(tmp_path: Path) -> set[str]:
    """The names of all metrics of ghostcrawl."""
    ledger = new_ledger(tmp_path / "ledger.db")
    nothing: tuple[BucketUsage, ...] = ()
    registry = CollectorRegistry()
    registry.register(LedgerGauges(ledger, utc_now, lambda: nothing))
    names = _named(registry) | _named(ProcessMetrics().registry)
    ledger.close()
    return names


def test_every_metric_has_a_row_and_no_other_has_one(shown: set[str]) -> None:
    text = (ROOT / "docs/operating.md").read_text("utf-8")
    rows = re.findall(r"^\| `(ghostcrawl_\w+)` \|", text, re.MULTILINE)

    assert sorted(rows) == sorted(shown)


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json"])
def test_what_is_looked_at_is_shown(name: str, shown: set[str]) -> None:
    named = set(_NAME.findall((MONITORING / name).read_text("utf-8")))

    assert named
    assert named - shown == set()


def test_every_alert_says_what_to_do() -> None:
    alerts = re.findall(r"alert: (\w+)", (MONITORING / "alerts.yml").read_text("utf-8"))
    text = (ROOT / "docs/operating.md").read_text("utf-8")

    assert alerts == re.findall(r"^\| `(Ghostcrawl\w+)` \|", text, re.MULTILINE)


def test_the_dashboard_is_json_with_a_query_in_each_panel() -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))

    queries = [[t["expr"] for t in panel["targets"]] for panel in dashboard["panels"]]
    assert len(queries) == len({panel["title"] for panel in dashboard["panels"]}) > 10
    assert all(queries)


def _promtool() -> str | None:
    tools = os.environ.get("GHOSTCRAWL_TEST_TOOLS")
    unpacked = Path(tools, "debian/usr/bin/promtool") if tools else None
    return str(unpacked) if unpacked and unpacked.exists() else shutil.which("promtool")


@pytest.mark.skipif(_promtool() is None, reason="promtool (Debian: prometheus) is not installed")
def test_promtool_accepts_the_rules_and_every_query_of_the_dashboard(tmp_path: Path) -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    queries = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    rules = [{"record": f"zz:{n}", "expr": query} for n, query in enumerate(queries)]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))

    files = (MONITORING / "alerts.yml", tmp_path / "panels.yml")
    checked = subprocess.run(
        [str(_promtool()), "check", "rules", *files], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_reads_the_unit_without_a_warning(tmp_path: Path) -> None:
    text = (ROOT / "deploy/ghostcrawl.service").read_text("utf-8")
    # The program is not installed here.
    unit = tmp_path / "ghostcrawl.service"
    unit.write_text(text.replace("/opt/ghostcrawl/bin/ghostcrawl", "/bin/true"), "utf-8")

    checked = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_unit_gives_its_command_words_that_exist() -> None:
    from workers.cli.main import cli

    text = (ROOT / "deploy/ghostcrawl.service").read_text("utf-8")
    (line,) = re.findall(r"^ExecStart=\S+ (.*)$", text, re.MULTILINE)
    parser = cli.make_parser(cli.make_context("ghostcrawl", ["--metrics", ":1", "version"]))

    _, rest, _ = parser.parse_args(line.split())

    assert rest == ["run"]
