"""``sluis import``, ``sluis partner check`` and ``sluis match``: files with signals, with and without an installation."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.files import contents, map_named, write_private
from gateway.cli.home import Home, opened
from gateway.cli.speech import NO, Json, ReadableFile, answering, document, fitting, say, show
from schemas.errors import Denied, Invalid

if TYPE_CHECKING:
    from connectors.check import Checked
    from connectors.contract import DoorRules
    from gateway.matching.report import Line, RefusedLine
    from gateway.services.intake import Received
    from gateway.usecases import UseCases
    from schemas.columnmap import ColumnMap
    from schemas.principal import Principal
    from schemas.signal import LineResult

_LARGEST_MAP = 100_000

Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, show_default=False)]
MapName = Annotated[
    str | None,
    typer.Option(
        "--map", help="Kolommentabel van de export van een partner: een naam of een bestand (.toml)."
    ),
]
OptionalHome = Annotated[
    Path | None,
    typer.Option("--home", envvar="SLUIS_HOME", help="Installatie met eigen kolommentabellen (map maps)."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("import")(take_in)
    group = typer.Typer(no_args_is_help=True)
    group.callback()(partner)
    group.command("check")(check)
    app.add_typer(group, name="partner")
    app.command("match")(match)


def partner() -> None:
    """Wat een partner zelf kan nakijken, zonder installatie."""


def take_in(
    file: ReadableFile,
    home: Home,
    party: Annotated[str, typer.Option("--partner", help="Wie het aanlevert.", show_default=False)],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Kijk alleen na; bewaar niets.")] = False,
    as_json: Json = False,
) -> None:
    """Lees een levering in namens een partner; het antwoord is nee als er een regel geweigerd is."""
    with answering(), opened(home) as (gateway, cases):
        from gateway.services.intake.receive import Upload

        by = _on_behalf(cases, gateway.house.settings.tenant, party)
        body = contents(file, gateway.house.settings.max_body_bytes)
        received = cases.intake.receive(by, Upload(body, _media_type(file), dry_run=dry_run))
        if received.touched:
            cases.routing.route(by, received.touched)
    _answer(received, as_json=as_json)
    _end(received.results)


def _answer(received: "Received", *, as_json: bool) -> None:
    from connectors.check import Checked

    if as_json:
        document(
            {
                "leveringId": received.delivery_id,
                "aangenomen": received.accepted,
                "herhalingVan": received.repeat_of,
                **_receipt(received.results),
            }
        )
    else:
        counts = Counter(result.code for result in received.results)
        _tell(Checked(received.results, counts, {}, 0, ()))


def _on_behalf(cases: "UseCases", tenant: str, party: str) -> "Principal":
    """Stand for a signal partner whose file is read in at the machine itself; the log names this door."""
    from schemas.ids import ClientId, PartyId, Tenant
    from schemas.parties import PartyKind
    from schemas.principal import Principal

    found = cases.administration.party(Tenant(tenant), PartyId(party))
    if found.kind is not PartyKind.SIGNAALPARTNER:
        raise Denied("Alleen een signaalpartner levert signalen aan")
    return Principal(
        tenant=found.tenant,
        party=found.party_id,
        kind=found.kind,
        client=ClientId("opdrachtregel"),
        user=None,
        purposes=frozenset({"aanleveren"}),
    )


def check(
    file: ReadableFile,
    map_name: MapName = None,
    receipt: Annotated[
        Path | None, typer.Option(help="Schrijf de geweigerde regels hier (XLSX), om te herstellen.")
    ] = None,
    home: OptionalHome = None,
    *,
    as_json: Json = False,
) -> None:
    """Kijk een bestand na zoals de deur dat doet; er wordt niets bewaard of verstuurd."""
    rules = _rules(map_name, home)
    if receipt is not None and receipt.exists() and receipt.samefile(file):
        raise typer.BadParameter("dit is het bestand zelf", param_hint="--receipt")
    with answering():
        from connectors.check import check as look

        checked = look(contents(file, rules.limits.max_bytes), _media_type(file), rules)
        if as_json:
            unread = {"nietGelezen": checked.dropped, "bsnVerwijderd": checked.bsn_dropped}
            document(_receipt(checked.results) | unread)
        else:
            _tell(checked)
        if receipt is not None:
            _write_receipt(receipt, checked)
    _end(checked.results)


def _write_receipt(target: Path, checked: "Checked") -> None:
    from connectors.check import receipt_xlsx

    if checked.clean:
        say("Er valt niets te herstellen; er is geen ontvangstbewijs geschreven")
        return
    write_private(target, receipt_xlsx(checked.rows, checked.results))
    say(f"De geweigerde regels staan in {target}; herstel ze en lever dat bestand aan")


def match(
    files: Files, map_name: MapName = None, home: OptionalHome = None, *, as_json: Json = False
) -> None:
    """Zoek in bestanden welke regels over dezelfde inwoner gaan; er wordt niets bewaard."""
    rules = _rules(map_name, home)
    with answering():
        from gateway.matching.report import report

        accepted: list[Line] = []
        refused: list[RefusedLine] = []
        for file in files:
            _sort(file, rules, accepted, refused)
        found = report(accepted, refused)
    if as_json:
        document(found)
    else:
        for sentence in _sentences(found):
            show(sentence)


def _sort(file: Path, rules: "DoorRules", accepted: "list[Line]", refused: "list[RefusedLine]") -> None:
    """Read one file as the door would; a withdrawal names nobody and so stands alone."""
    from connectors.registry import parse
    from gateway.matching.normalise import facts_of_signal
    from gateway.matching.report import Line, RefusedLine
    from schemas.ids import SubjectId
    from schemas.signal import LineResult

    parsed = parse(contents(file, rules.limits.max_bytes), _media_type(file), rules)
    for number, line in enumerate(parsed.lines, 1):
        if isinstance(line, LineResult):
            refused.append(RefusedLine(str(file), number, line.code, line.veld))
        else:
            accepted.append(Line(str(file), number, facts_of_signal(SubjectId(""), line, line.partner_type)))


def _sentences(found: Mapping[str, Any]) -> Iterator[str]:
    """Say the answer of ``match`` for people: what is certain, what a person must judge, what was not read."""

    def place(line: Mapping[str, Any]) -> str:
        return f"{line['file']}:{line['line']}"

    for link in found["links"]:
        yield f"zelfde inwoner ({link['rule']}): {place(link['a'])} en {place(link['b'])}"
    for asked in found["proposals"]:
        yield f"twijfel: {place(asked['a'])} en {place(asked['b'])}: {asked['text']}"
    for line in found["refused"]:
        yield f"geweigerd: {place(line)}: {line['code']} {line['field'] or '-'}"
    yield (
        f"{len(found['groups'])} inwoners, {len(found['links'])} zekere koppelingen, "
        f"{len(found['proposals'])} twijfels, {len(found['refused'])} geweigerde regels"
    )


def _rules(map_name: str | None, home: Path | None) -> "DoorRules":
    from connectors.contract import DoorRules

    if map_name is not None and map_name.endswith(".toml"):
        return DoorRules(column_map=fitting(_own_map, map_name, "--map"))
    return DoorRules(column_map=map_named(map_name, home))


def _own_map(name: str) -> "ColumnMap":
    """Read a map that somebody is still writing."""
    from connectors.partners.maps import read_map

    try:
        return read_map(contents(Path(name), _LARGEST_MAP).decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise Invalid("dit bestand is niet te lezen") from None


def _media_type(file: Path) -> str:
    from connectors.registry import media_type_of

    return media_type_of(file.name)


def _receipt(results: "Sequence[LineResult]") -> dict[str, Any]:
    """Write the answers as the API does; no value of the file stands in them."""
    return {
        "aantal": len(results),
        "resultaten": [{"regel": r.regel, "code": r.code, "veld": r.veld, "hint": r.hint} for r in results],
    }


def _tell(checked: "Checked") -> None:
    from connectors.check import report

    for sentence in report(checked):
        show(sentence)


def _end(results: "Sequence[LineResult]") -> None:
    """Leave with the answer: no, when any line was refused."""
    if not all(result.code.accepted for result in results):
        raise typer.Exit(NO)
