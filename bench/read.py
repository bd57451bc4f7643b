"""Audited, minimised, sealed reads over HTTP at 16 clients, against a plain FastAPI + SQLModel read.

Run: ``./sluis bench read``. Target: at least as many requests per second as the plain read, at most 3 ms of CPU. Both
servers stand ready all the time and are asked in turns, a slice each, so that other work on the machine meets both;
the ratio is the median over the pairs of slices that follow each other.
"""

from statistics import median

from bench.rig import plain, sluis
from bench.rig.load import Place, Slice, measure
from bench.rig.process import serving
from bench.rig.sluis import Served
from bench.rig.targets import at_least, at_most, conclude
from gateway.demo.files import delivery
from gateway.demo.stage import START
from gateway.demo.town import Town
from schemas.parties import PartnerType

CLIENTS, SECONDS, ROUNDS = 16, 1.5, 10
LEAST_RATIO, MOST_CPU_MS = 1.0, 3.0


def _own_case(served: Served) -> Place:
    """Where a social worker reads a case that is hers, after a delivery and a matching run."""
    month = Town(first_month=START.date().replace(day=1)).month(START.date())
    rent = [signal.row for signal in month if signal.sector is PartnerType.HUUR]
    served.client("client-woonstichting").upload(*delivery(PartnerType.HUUR, rent), "meting")
    served.client("client-gem-anna").post("/matchrondes")
    eva = served.client("client-sw-eva")
    ref = eva.get("/werkvoorraden").json()["dossiers"][0]["ref"]
    eva.post(f"/dossiers/{ref}/toewijzingen", {"medewerker": "sw-eva", "reden": "verdeling"})
    eva.get(f"/dossiers/{ref}").raise_for_status()
    port = int(served.origin.rpartition(":")[2])
    return Place(served.pid, port, f"/v1/dossiers/{ref}", {"Authorization": eva.authorization})


def _report(name: str, slices: list[Slice]) -> tuple[float, float]:
    """Print one server's slices; gives its median rate and its CPU per request over all of them, in ms."""
    rate = median(one.rate for one in slices)
    times = sorted(took for one in slices for took in one.times)
    p50, p99 = (times[len(times) * part // 100] * 1e3 for part in (50, 99))
    cpu = sum(one.cpu for one in slices) / len(times) * 1e3
    print(f"{name:34} {rate:7,.0f} req/s  p50 {p50:5.1f} ms  p99 {p99:6.1f} ms  CPU {cpu:.2f} ms/req")
    return rate, cpu


def main() -> None:
    """Measure both in turns and print the ratio."""
    with serving(plain.serve) as base_place, serving(sluis.serve) as served:
        our_place = _own_case(served)
        pairs = [
            (measure(base_place, CLIENTS, SECONDS), measure(our_place, CLIENTS, SECONDS))
            for _ in range(ROUNDS)
        ]
    base, ours = (list(slices) for slices in zip(*pairs, strict=True))
    _report("plain FastAPI + SQLModel read", base)
    _, cpu = _report("audited, minimised, sealed read", ours)
    ratio = median(our.rate / plain_one.rate for plain_one, our in pairs)
    conclude(
        [
            at_least("read: requests per second against the plain read", ratio, LEAST_RATIO, "times"),
            at_most("read: CPU of the server per request", cpu, MOST_CPU_MS, "ms"),
        ]
    )


if __name__ == "__main__":
    main()
