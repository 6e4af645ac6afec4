"""Rules and dashboards: well formed, and of one piece; what they name is held against a real node in tests/interop."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

from installer.monitoring.dashboards import DASHBOARDS, dashboard, export, rules
from installer.monitoring.names import recorded, scraped, used


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    export(tmp_path)
    checked = subprocess.run(
        ["promtool", "check", "rules", str(tmp_path / "softswitch-rules.yml")], capture_output=True, text=True
    )
    assert (0, "") == (checked.returncode, checked.stderr)
    assert "20 rules found" in checked.stdout


def test_prometheus_takes_every_expression_of_a_dashboard(tmp_path: Path) -> None:
    expressions = [
        one.replace("$instance", ".*") for _, _, panels in DASHBOARDS for panel in panels for one, _ in panel.curves
    ]
    written = {
        "groups": [{"name": "all", "rules": [{"record": f"r{n}", "expr": e} for n, e in enumerate(expressions)]}]
    }
    (tmp_path / "all.yml").write_text(yaml.safe_dump(written))
    checked = subprocess.run(["promtool", "check", "rules", str(tmp_path / "all.yml")], capture_output=True, text=True)
    assert (0, "") == (checked.returncode, checked.stderr)


def test_every_recorded_name_that_is_used_is_recorded_and_the_other_way_round() -> None:
    names = {name for _, _, panels in DASHBOARDS for panel in panels for one, _ in panel.curves for name in used(one)}
    names |= {
        name for group in yaml.safe_load(rules())["groups"] for rule in group["rules"] for name in used(rule["expr"])
    }
    assert recorded(rules()) == {name for name in names if ":" in name}


def test_an_alert_says_what_it_is_about() -> None:
    alerts = [rule for group in yaml.safe_load(rules())["groups"] for rule in group["rules"] if "alert" in rule]
    assert all({"alert", "expr", "for", "labels", "annotations"} == set(rule) for rule in alerts)
    assert all("{{ $labels." in rule["annotations"]["summary"] for rule in alerts)


def test_a_dashboard_is_grafanas_json_with_panels_that_do_not_overlap(tmp_path: Path) -> None:
    files = export(tmp_path / "new")
    assert 4 == len(files)
    for name, title, panels in DASHBOARDS:
        made = json.loads((tmp_path / "new" / f"softswitch-{name}.json").read_text())
        assert made == dashboard(name, title, panels)
        places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in made["panels"]}
        assert (len(panels), len(panels)) == (len(places), len({panel["id"] for panel in made["panels"]}))


def test_names_are_found_in_expressions_and_in_a_scrape() -> None:
    text = "# HELP a_b x\n# TYPE softswitch_a histogram\n# TYPE softswitch_b_total counter\nsoftswitch_b_total 1\n"
    assert {"softswitch_a_bucket", "softswitch_a_sum", "softswitch_a_count", "softswitch_b_total"} == scraped(text)
    assert {"trunk:softswitch_x:rate5m", "softswitch_y_total"} == used(
        "trunk:softswitch_x:rate5m / rate(softswitch_y_total[5m])"
    )
