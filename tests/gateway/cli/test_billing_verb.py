"""At the command line: the bill of a month, its warning, and the difference with the log by name."""

import os
from datetime import datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import billing
from gateway.store.change import Change, Insert
from gateway.store.tables import BilledRow
from schemas.moments import AMSTERDAM
from tests.support.cli import Ran, environment
from tests.support.installation import TENANT, Town, an_installation

app = typer.Typer()
app.callback()(lambda: None)
billing.add_to(app)


def call(home: Path, *words: str, **settings: int) -> Ran:
    """Run the verb in this process; settings are given as an operator gives them."""
    own = environment(home, SLUIS_DEMO="1") | {
        f"SLUIS_{name.upper()}": str(value) for name, value in settings.items()
    }
    env = {name: own.get(name) for name in {*own, *os.environ} if name.startswith("SLUIS_")}
    done = CliRunner(env=env).invoke(app, ["billing", "month", *words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def past(tmp_path: Path) -> Town:
    """An installation, closed again, whose call center took two records a long time ago."""
    with an_installation(tmp_path) as town:
        town.bring([town.someone() for _ in range(2)])
        town.clock.at = datetime(2025, 3, 4, 10, 0, tzinfo=AMSTERDAM)
        town.lease()
        town.lease("noor")
    return town


def test_the_bill_of_a_month_is_one_document(past: Town) -> None:
    ran = call(past.house.settings.home, "2025-03", "--json", call_tariff_cent=575)
    assert ran.code == 0
    assert ran.documents == [
        {
            "maand": "2025-03", "geleverd": 2, "gecrediteerd": {"onbevestigd": 2}, "teBetalen": 0,
            "tariefCent": 575, "bedragCent": 0, "voorlopig": False,
        }
    ]  # fmt: skip


def test_the_bill_of_a_month_can_be_read(past: Town) -> None:
    ran = call(past.house.settings.home, "2025-03", call_tariff_cent=123_456)
    assert ran.code == 0
    assert [line.split() for line in ran.out.splitlines()] == [
        ["Rekening", "2025-03"],
        ["geleverd", "2"],
        ["af:", "onbevestigd", "2"],
        ["te", "betalen", "0"],
        ["tarief", "€", "1.234,56"],
        ["bedrag", "€", "0,00"],
    ]


def test_the_warning_of_a_budget_goes_to_stderr(past: Town) -> None:
    home = past.house.settings.home
    assert call(home, "2025-03", call_tariff_cent=1, call_budget_cent=0).err.startswith(
        "Belbudget op: € 0,00"
    )
    assert "Belbudget" not in call(home, "2025-03").err


def test_a_difference_with_the_log_is_the_answer_no_and_is_named(past: Town) -> None:
    home = past.house.settings.home
    forged = {"tenant": TENANT, "unit_id": "0" * 32, "month": "2025-03", "party_id": "belteam", "at": 1}
    with Town(past.house.settings, past.clock) as town:
        town.house.store.commit(Change((Insert(BilledRow, [forged]),)))
    ran = call(home, "2025-03")
    assert (ran.code, ran.out) == (1, "")
    assert "geleverd 3, volgens het logboek 2" in ran.err


@pytest.mark.parametrize("wrong", ["2025-13", "2025", "maart", "2025-3", "../2025-03"])
def test_what_is_no_month_is_wrong_usage(past: Town, wrong: str) -> None:
    assert call(past.house.settings.home, wrong).code == 2
