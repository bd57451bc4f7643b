"""The bill equals the log: a month of calling over HTTP, the bill of it, and the log that an outsider counts again."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service, a_service

TARIFF = 575
HIDDEN = ("575", "1850000", "1.850.000", "18500")


@pytest.fixture
def priced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service of a municipality that pays for calling."""
    monkeypatch.setenv("SLUIS_CALL_TARIFF_CENT", str(TARIFF))
    with a_service(tmp_path, Service) as running:
        yield running


def month_of(service: Service) -> str:
    return f"{service.stage.clock():%Y-%m}"


def bill(service: Service, asker: str = "mt-lex") -> Any:
    return service.post(asker, "/rekeningen", {"maand": month_of(service)})


def test_the_bill_equals_the_log_that_an_outsider_counts(priced: Service, tmp_path: Path) -> None:
    month, people = month_of(priced), [priced.someone() for _ in range(6)]
    delivery = priced.deliver(people)["leveringId"]
    priced.match()
    seen: set[str] = set()
    for agent in ("bel-cem", "bel-dina"):  # both take some; nobody is taken twice
        for record in priced.lease(agent, 3):
            seen.add(record["achternaam"])
            if len(seen) < 5:
                path = f"/belrecords/{record['ref']}/belresultaten"
                priced.post(agent, path, {"uitkomst": "niet_opgenomen"})
    assert len(seen) == 6
    priced.stage.clock.forward(days=1)
    again = {record["achternaam"] for record in priced.lease("bel-cem", 5)}
    assert again <= seen
    taken_back = next(n for n, row in enumerate(people, 1) if row["achternaam"] not in again)
    called = {"regels": [taken_back]}
    priced.post("woonstichting", f"/leveringen/{delivery}/intrekkingen", called)

    made = bill(priced)
    exported = priced.export(tmp_path / "log").entries
    due = Counter(e["rsn"] for e in exported if e["act"] == "billing.due")
    credited = Counter(e["rsn"] for e in exported if e["act"] == "billing.credited")
    assert made["geleverd"] == due[month] == 6
    assert made["gecrediteerd"] == {
        code.partition("/")[2]: n for code, n in credited.items() if code.startswith(month)
    }
    assert made["teBetalen"] == 6 - sum(credited.values())
    assert made["bedragCent"] == made["teBetalen"] * TARIFF
    assert (made["tariefCent"], made["voorlopig"]) == (TARIFF, True)
    counted = next(e for e in reversed(exported) if e["act"] == "billing.counted")
    assert (counted["n"], counted["rsn"]) == (made["teBetalen"], month)


def test_only_the_municipality_and_its_management_see_money(priced: Service) -> None:
    priced.person()
    priced.lease()
    assert bill(priced) == bill(priced, "gem-anna")
    meter = priced.get("mt-lex", "/belbudget")
    assert (meter["geleverd"], meter["besteedCent"], meter["stand"]) == (1, TARIFF, "ruim")
    for client in ("bel-cem", "woonstichting", "sw-eva", "po-jan"):
        for method, path in (("POST", "/rekeningen"), ("GET", "/belbudget")):
            refused = priced.ask(client, method, path, json={"maand": month_of(priced)})
            assert refused.status_code == 403
            assert not any(cents in refused.text for cents in HIDDEN)


def test_no_money_stands_in_the_log_or_in_what_the_call_center_gets(priced: Service, tmp_path: Path) -> None:
    priced.person()
    leased = priced.ask("bel-cem", "POST", "/belrecords/_lease", json={"aantal": 1})
    bill(priced)
    entries = priced.export(tmp_path / "log").entries
    told = [{k: v for k, v in entry.items() if k in {"rsn", "n", "cat", "gr"}} for entry in entries]
    assert not any(cents in str(told) + leased.text for cents in HIDDEN)


def test_whom_the_budget_does_not_reach_is_in_the_next_batch_of_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is called and stays so; when the municipality orders letters, the others get theirs."""
    for name, value in {"TARIFF_CENT": "100", "BUDGET_CENT": "199", "BUDGET_SPENT": "brief"}.items():
        monkeypatch.setenv(f"SLUIS_CALL_{name}", value)
    with a_service(tmp_path, Service) as service:
        service.deliver([service.someone() for _ in range(4)])
        service.match()
        assert len(service.lease("bel-cem", 5)) == 1
        assert service.lease("bel-dina", 5) == []
        assert service.get("gem-anna", "/belbudget")["stand"] == "op"
        assert service.post("gem-anna", "/briefopdrachten", {})["aantal"] == 3
        service.stage.clock.forward(days=1)
        assert len(service.lease("bel-cem", 5)) == 1
        assert bill(service)["teBetalen"] == 1
