"""A year in the synthetic town, a small one here: reported every month, erased when its time has come."""

import re
from datetime import date
from pathlib import Path

from gateway.app import create_app
from gateway.demo.stage import Stage
from gateway.demo.year import BEGIN, CHOICES, year
from gateway.store import statistics
from schemas.moments import AMSTERDAM

LINE = re.compile(r"  \d{4}-\d{2} +\d+ +\d+ +\d+ +\d+ \(\d+%\) +\S+.*% (ruim|waarschuwing|op)$")


def test_every_month_ends_in_a_report_for_inside_and_for_everybody(tmp_path: Path) -> None:
    told: list[str] = []
    stage = Stage(tmp_path / "home", create_app, BEGIN, CHOICES)
    try:
        with stage.serving():
            year(stage, 637, 2, say=told.append, inhabitants=25_000)
        with stage.gateway.house.store.read() as connection:
            for readers in ("intern", "openbaar"):
                laid = statistics.reports_before(connection, stage.settings.tenant, "2099-01", readers, 99)
                assert [row["month"] for row in laid] == ["2026-01", "2026-02"]
        assert stage.clock().astimezone(AMSTERDAM).date() == date(2026, 3, 1)
    finally:
        stage.close()
    months = [line for line in told if re.match(r"  20\d\d-", line)]
    assert len(months) == 2
    assert all(LINE.match(line) for line in months), months
    assert "kloppen" in told[-1]
