"""``sluis audit`` and ``sluis verify``: the log out of the house, and checking what the house has signed.

``audit verify`` and ``verify`` stand alone: they load no service and no database, and trust only the key they are given.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.files import contents
from gateway.cli.home import Home, passphrase, settings_of
from gateway.cli.speech import Json, ReadableFile, answering, document, fitting, say, show
from schemas.errors import Invalid, LogBroken

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from audit.note import VerifierKey
    from audit.verify import Report
    from gateway.settings import Settings
    from keys.keyring import Keyring

_LARGEST_PROOF = 1_000_000
_LONGEST_EXPORT = 3600.0
"""Seconds that the running service may take to write and verify the log of a year."""
Vkey = Annotated[
    str | None, typer.Option(help="Controlesleutel van het logboek, uit andere bron dan de map.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Het logboek uitvoeren en controleren.", no_args_is_help=True)
    group.command("export")(export)
    group.command("verify")(verify_log)
    group.command("check")(check)
    group.command("keys")(keys)
    app.add_typer(group, name="audit")
    app.command("verify")(verify)


def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Map voor de export.", show_default=False)],
    home: Home,
    year: Annotated[int | None, typer.Option(help="Jaar; zonder: het nieuwste logboek.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Voer het logboek van een jaar uit, ook als de dienst draait; de uitvoer staat zelf ook in het logboek."""
    from audit.verify import Report
    from gateway.cli.control import EXPORT, done

    # The service that does it may stand in another folder than the operator.
    about = json.dumps({"directory": str(directory.absolute()), "year": year}).encode()
    with answering(), _judged(as_json=as_json):
        told = json.loads(done(home, EXPORT, about, _LONGEST_EXPORT))
        years = told.pop("years")
        _found(Report(**{**told, "root": bytes.fromhex(told["root"])}), as_json=as_json)
        say(f"Uitgevoerd naar {directory}; er zijn logboeken van {', '.join(map(str, years))}")


def verify_log(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="Map met een export.")
    ],
    vkey: Vkey = None,
    old: Annotated[
        Path | None, typer.Option(help="Eerder bewaard controlepunt.", exists=True, dir_okay=False)
    ] = None,
    receipt: Annotated[
        Path | None, typer.Option(help="Bewijs van een logregel.", exists=True, dir_okay=False)
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Controleer een uitgevoerd logboek; het antwoord noemt de eerste regel die niet klopt."""
    from audit.verify import verify as judge
    from keys.verification import verify_ed25519

    key = str(_key(vkey)) if vkey is not None else None
    with answering(), _judged(as_json=as_json):
        _found(judge(directory, verify_ed25519, key, old, receipt), as_json=as_json)


def _key(given: str) -> "VerifierKey":
    from audit.note import VerifierKey

    return fitting(VerifierKey.parse, given.strip(), "--vkey")


@contextmanager
def _judged(*, as_json: bool) -> Iterator[None]:
    """Give a no as a document too, when documents were asked."""
    try:
        yield
    except (LogBroken, Invalid) as error:
        if as_json:
            document({"valid": False, "reason": error.detail})
        raise


def _found(report: "Report", *, as_json: bool) -> None:
    from audit.note import encode64

    found = {
        "valid": True,
        "origin": report.origin,
        "size": report.size,
        "root": encode64(report.root),
        "key": report.key,
        "self_asserted": report.self_asserted,
        "first": _moment(report.first_ms),
        "last": _moment(report.last_ms),
        "old_size": report.old_size,
        "receipt_index": report.receipt_index,
    }
    if as_json:
        document(found)
    else:
        for sentence in _sentences(found):
            show(sentence)


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _sentences(found: dict[str, Any]) -> Iterator[str]:
    yield f"Het logboek {found['origin']} klopt: {found['size']} regels, van {found['first']} tot {found['last']}"
    yield f"wortel: {found['root']}"
    yield f"ondertekend door: {found['key']}"
    if found["old_size"] is not None:
        yield f"Het bewaarde controlepunt van {found['old_size']} regels is het begin van dit logboek"
    if found["receipt_index"] is not None:
        yield f"De regel van het bewijs staat erin, op plaats {found['receipt_index']}"
    if found["self_asserted"]:
        yield (
            "Let op: de controlesleutel komt uit de map zelf. Dit bewijst alleen dat de map met zichzelf klopt; "
            "geef met --vkey een sleutel uit andere bron"
        )


def check(home: Home, *, as_json: Json = False) -> None:
    """Vergelijk alle rijen van de database met het ondertekende logboek, ook naast een draaiende dienst."""
    with answering(), _judged(as_json=as_json), _signer(home) as (settings, _, key):
        for year, size in _checked(settings, key):
            if as_json:
                document({"valid": True, "year": year, "size": size})
            else:
                show(f"Het logboek van {year} klopt: {size} regels")


def _checked(settings: "Settings", key: "VerifierKey") -> Iterator[tuple[int, int]]:
    """Check every year, read-only; gives year and number of entries."""
    from audit import query
    from audit.check import database
    from keys.verification import verify_ed25519

    with _looking(settings) as connection:
        years = query.years(connection, settings.tenant)
        if not years:
            raise LogBroken("Er is geen logboek")
        for year in sorted(years):
            yield year, database(connection, settings.tenant, year, key, verify_ed25519)


@contextmanager
def _looking(settings: "Settings") -> Iterator["Connection"]:
    from sqlalchemy.exc import DatabaseError

    from gateway.store.commit import reading_engine
    from gateway.wiring import DATABASE

    engine = reading_engine(settings.home / DATABASE)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
    except DatabaseError:
        raise LogBroken("De database is beschadigd: zij is niet helemaal te lezen") from None
    finally:
        engine.dispose()


@contextmanager
def _signer(home: Path) -> Iterator[tuple["Settings", "Keyring", "VerifierKey"]]:
    """Open the keys that sign and no others, also beside a running service; gives the key that others verify with."""
    from audit.note import key_of
    from gateway.wiring import KEY_FILE, KEY_STORE, insist_on_files
    from keys.keyring import Keyring
    from keys.providers.file import FileProvider
    from keys.signing import Ed25519
    from schemas.person import DataClass

    settings = settings_of(home)
    insist_on_files(home)
    keyring = Keyring(home / KEY_STORE, FileProvider(home / KEY_FILE), time.monotonic)
    try:
        keyring.unseal(passphrase(settings), {DataClass.TEKENEN})
        name = f"{settings.log_origin}/audit/{settings.tenant}"
        yield settings, keyring, key_of(Ed25519(keyring, settings.tenant, name))
    finally:
        keyring.close()


def keys(
    home: Home,
    *,
    jwks: Annotated[bool, typer.Option("--jwks", help="Geef de sleutels voor bewijzen als JWKS.")] = False,
) -> None:
    """Geef de openbare controlesleutel van het logboek, om te publiceren buiten deze machine."""
    with answering(), _signer(home) as (settings, keyring, key):
        from keys.signing import Es256

        if jwks:
            document(Es256(keyring, settings.tenant).jwks())
        else:
            show(str(key))


def verify(
    file: ReadableFile,
    jwks: Annotated[
        Path | None,
        typer.Option(help="Openbare sleutels (JWKS), uit andere bron.", exists=True, dir_okay=False),
    ] = None,
    issuer: Annotated[str | None, typer.Option(help="Wie het moet hebben uitgegeven.")] = None,
    vkey: Vkey = None,
    *,
    as_json: Json = False,
) -> None:
    """Controleer een ondertekend ontvangstbewijs of certificaat (JWS), of het bewijs van een logregel."""
    with answering(), _judged(as_json=as_json):
        data = contents(file, _LARGEST_PROOF)
        if data.startswith(b"c2sp.org/tlog-proof@"):
            found = _log_receipt(data, vkey)
        else:
            found = _signed(data, jwks, issuer)
        if as_json:
            document({"valid": True, **found})
        else:
            show("De handtekening klopt")
            show(json.dumps(found, indent=2))


def _log_receipt(data: bytes, vkey: str | None) -> dict[str, Any]:
    from audit import receipt
    from audit.entry import read
    from keys.verification import verify_ed25519

    if vkey is None:
        raise typer.BadParameter("nodig voor het bewijs van een logregel", param_hint="--vkey")
    held = receipt.parse(data)
    point = receipt.check(held, _key(vkey), verify_ed25519)
    return {"origin": point.origin, "index": held.index, "size": point.size, "entry": read(held.entry)}


def _signed(data: bytes, jwks: Path | None, issuer: str | None) -> dict[str, Any]:
    from gateway.cli.signed import check, keys_of

    if jwks is None:
        raise typer.BadParameter("nodig voor een ondertekend bewijs", param_hint="--jwks")
    trusted = fitting(keys_of, contents(jwks, _LARGEST_PROOF), "--jwks")
    signed = check(data, trusted, issuer)
    return {"typ": signed.typ, "kid": signed.kid, "claims": signed.claims}
