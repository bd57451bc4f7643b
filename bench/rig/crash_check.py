"""What must hold after every crash: nothing promised is lost, nothing shown is without its entry, nothing is half done."""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic.alias_generators import to_camel
from sqlalchemy import Connection

from audit import query
from audit.check import database
from audit.entry import read
from audit.note import key_of
from bench.rig.crash_load import History, Promise, Shown
from bench.rig.crash_server import Site
from gateway.demo.stage import TENANT
from gateway.store.commit import reading_engine
from gateway.wiring import DATABASE, KEY_FILE, KEY_STORE
from keys.envelope import Context, Permit, Vault
from keys.keyring import Keyring
from keys.providers.file import FileProvider
from keys.pseudonym import Pseudonyms
from keys.signing import Ed25519
from keys.verification import verify_ed25519
from schemas.errors import LogBroken, SluisError
from schemas.person import DataClass

_SEALED = (
    ("identity", DataClass.IDENTITEIT),
    ("contact", DataClass.CONTACT),
    ("finance", DataClass.FINANCIEN),
)
_OF_THE_ANSWER = frozenset({"ref", "verlooptOp", "controlecode", "scriptCode", "scriptVersie", "signalen"})
"""Members of a body that are no field of the register by themselves."""

_TOLD = """
    SELECT count(*) FROM audit_subject s JOIN audit_log l USING (tenant, year, idx)
    WHERE s.tenant = {row}.tenant AND s.subject = {row}.signal_id AND l.act = '{act}'
"""
HALF_DONE: Mapping[str, str] = {
    "a delivery without the signals that its receipt accepts": """
        SELECT delivery_id FROM gateway_delivery d WHERE accepted <>
            (SELECT count(*) FROM gateway_signal s WHERE s.delivery_id = d.delivery_id)""",
    "a signal without a delivery": """
        SELECT signal_id FROM gateway_signal WHERE delivery_id NOT IN (SELECT delivery_id FROM gateway_delivery)""",
    "a signal without its entry": f"""
        SELECT signal_id FROM gateway_signal g WHERE ({_TOLD.format(row="g", act="signal.received")}) <> 1""",
    "blind tags without a signal, or too few": """
        SELECT count(*) FROM gateway_tag WHERE name = 'beller'
        HAVING count(*) <> (SELECT count(*) FROM gateway_signal)""",
    "a linked signal without a case": """
        SELECT signal_id FROM gateway_signal WHERE state = 'gekoppeld'
            AND signal_id NOT IN (SELECT signal_id FROM gateway_case_signal)""",
    "a case without signals": """
        SELECT case_id FROM gateway_case WHERE case_id NOT IN (SELECT case_id FROM gateway_case_signal)""",
    "a member of a case that is not there": """
        SELECT case_id FROM gateway_case_signal WHERE case_id NOT IN (SELECT case_id FROM gateway_case)
            OR signal_id NOT IN (SELECT signal_id FROM gateway_signal)""",
    "a case whose attempts do not add up": """
        SELECT case_id FROM gateway_case c WHERE attempts <> (
            SELECT count(*) FROM gateway_attempt a JOIN gateway_lease l USING (tenant, lease_id)
            WHERE a.case_id = c.case_id AND NOT l.inbound)""",
    "an attempt whose dial record is not finished": """
        SELECT attempt_id FROM gateway_attempt a JOIN gateway_lease l USING (tenant, lease_id)
        WHERE l.state <> 'afgerond'""",
    "an attempt without its entry": f"""
        SELECT l.signal_id FROM gateway_attempt a JOIN gateway_lease l USING (tenant, lease_id)
        GROUP BY l.signal_id HAVING count(*) <> ({_TOLD.format(row="l", act="call.recorded")})""",
    "a yes without a handover": """
        SELECT attempt_id FROM gateway_attempt WHERE outcome = 'hulpvraag'
            AND case_id NOT IN (SELECT case_id FROM gateway_handover)""",
    "an offer in the case that is not on record": """
        SELECT case_id FROM gateway_case WHERE offer_at IS NOT NULL
            AND case_id NOT IN (SELECT case_id FROM gateway_offer)""",
    "a dial record without its reference": """
        SELECT lease_id FROM gateway_lease l WHERE NOT EXISTS
            (SELECT 1 FROM gateway_pseudonym p WHERE p.party_id = l.party_id AND p.code = l.ref)""",
    "a dial record without its entry": f"""
        SELECT signal_id FROM gateway_lease l GROUP BY signal_id
        HAVING count(*) > ({_TOLD.format(row="l", act="dial.leased")})""",
    "an owner without an assignment that runs": """
        SELECT case_id FROM gateway_case c WHERE (owner IS NOT NULL) <> EXISTS (
            SELECT 1 FROM gateway_assignment a WHERE a.case_id = c.case_id AND a.until_at IS NULL
            AND a.user_id = c.owner)""",
}
"""Queries that find nothing as long as every change is there whole, or not at all."""

_PROMISED: Mapping[str, str] = {
    "delivery": "SELECT 1 FROM gateway_delivery WHERE delivery_id = :id AND accepted = :accepted",
    "withdrawal": """SELECT 1 FROM gateway_signal WHERE delivery_id = :id AND line = :line
        AND state = 'ingetrokken'""",
    "round": "SELECT 1 FROM gateway_run WHERE run_id = :id",
    "lease": "SELECT 1 FROM gateway_lease WHERE ref = :ref AND client_id = 'client-' || :client",
    "verification": """SELECT 1 FROM gateway_lease WHERE ref = :ref AND client_id = 'client-' || :client
        AND verified_at IS NOT NULL""",
    "result": "SELECT 1 FROM gateway_attempt WHERE attempt_id = :id AND outcome = :outcome",
    "assignment": "SELECT 1 FROM gateway_assignment WHERE case_id = :case AND user_id = :user",
    "handover": "SELECT 1 FROM gateway_handover WHERE case_id = :case AND acknowledged_at IS NOT NULL",
}


class Inspector:
    """Looks at an installation from beside its server, with keys of its own."""

    def __init__(self, site: Site) -> None:
        self._home = site.home
        self._keyring = Keyring(site.home / KEY_STORE, FileProvider(site.home / KEY_FILE), time.monotonic)
        self._keyring.unseal(site.passphrase)
        self._vault = Vault(self._keyring)
        self._pseudonyms = Pseudonyms(self._keyring)
        origin = site.settings.log_origin
        self._key = key_of(Ed25519(self._keyring, TENANT, f"{origin}/audit/{TENANT}"))
        self._opened: set[str] = set()

    def close(self) -> None:
        """Forget the keys."""
        self._keyring.close()

    def inspect(self, history: History, first: tuple[int, int] = (0, 0)) -> list[str]:
        """List what is wrong, from these places in the history on; empty when all is well."""
        engine = reading_engine(self._home / DATABASE)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                return [
                    *self._log(connection),
                    *self._lost(connection, history.promises[first[0] :]),
                    *self._unaudited(connection, history.shown[first[1] :]),
                    *_half_done(connection),
                    *self._unreadable(connection),
                ]
        finally:
            engine.dispose()

    def entries(self) -> int:
        """Count the entries of the log."""
        engine = reading_engine(self._home / DATABASE)
        try:
            with engine.connect() as connection:
                return sum(query.years(connection, TENANT).values())
        finally:
            engine.dispose()

    def _log(self, connection: Connection) -> Iterator[str]:
        for year in query.years(connection, TENANT):
            try:
                database(connection, TENANT, year, self._key, verify_ed25519)
            except LogBroken as broken:
                yield f"log: {broken.detail}"

    def _lost(self, connection: Connection, promises: Iterable[Promise]) -> Iterator[str]:
        for promise in promises:
            given: dict[str, Any] = {"client": promise.client, **promise.given}
            if "ref" in given and promise.kind in {"assignment", "handover"}:
                given["case"] = self._case(connection, "sociaalwerk", given["ref"])
            if not _rows(connection, _PROMISED[promise.kind], given):
                yield f"lost: {promise.kind} of {promise.client}"

    def _unaudited(self, connection: Connection, shown: Iterable[Shown]) -> Iterator[str]:
        """Hold every body that was received against the entry that it links to."""
        used: set[tuple[int, int]] = set()
        for body in shown:
            for link in body.links:
                year, index = map(int, link.split("/")[-2:])
                if (year, index) in used:
                    yield f"unaudited: {body.act} shares its entry with another body"
                used.add((year, index))
                why = self._uncovered(connection, body, year, index)
                if why:
                    yield f"unaudited: {body.act} of {body.client}: {why}"
            if not body.links:
                yield f"unaudited: {body.act} of {body.client} names no entry"

    def _uncovered(self, connection: Connection, body: Shown, year: int, index: int) -> str:
        party = "callcenter" if body.act == "dial.leased" else "sociaalwerk"
        case = self._case(connection, party, body.ref)
        found = _rows(connection, _ENTRY, {"year": year, "idx": index})
        if not found:
            return "there is no such entry"
        told = read(bytes(found[0][0]))
        if told["act"] != body.act or told.get("dec") != "permit":
            return "the entry tells something else"
        if not _rows(connection, _ACTOR, {"year": year, "idx": index, "actor": f"client-{body.client}"}):
            return "the entry names another client"
        if not _rows(connection, _ABOUT, {"year": year, "idx": index, "case": case}):
            return "the entry is about another case"
        if told["t"] > body.at:
            return "the entry is younger than the body"
        named = {to_camel(name) for name in told["cat"]} | {f"{name}Aanwezig" for name in told["cat"]}
        return "" if body.members - _OF_THE_ANSWER <= named else "the entry names fewer fields"

    def _case(self, connection: Connection, party: str, ref: str) -> str:
        rows = _rows(connection, _CODE, {"party": party, "code": ref})
        return (
            ""
            if not rows
            else self._pseudonyms.open_pointer(TENANT, party, rows[0][0], rows[0][1], ref, rows[0][2])
        )

    def _unreadable(self, connection: Connection) -> Iterator[str]:
        """Open every sealed value that was not opened before, with the keys as they are on disk."""
        columns = ", ".join(column for column, _ in _SEALED)
        rows = connection.exec_driver_sql(f"SELECT signal_id, {columns} FROM gateway_signal").all()
        for signal, *blobs in rows:
            if signal in self._opened:
                continue
            permit = Permit(b"", 0, frozenset(hashlib.sha256(blob).digest() for blob in blobs))
            items = [
                (Context(TENANT, "gateway_signal", column, signal, signal, data_class), blob)
                for (column, data_class), blob in zip(_SEALED, blobs, strict=True)
            ]
            try:
                self._vault.open_many(permit, items)
            except SluisError as error:
                yield f"keys: a signal does not open ({error.code})"
            self._opened.add(signal)


_ENTRY = "SELECT entry FROM audit_log WHERE tenant = :tenant AND year = :year AND idx = :idx"
_ACTOR = (
    """SELECT 1 FROM audit_actor WHERE tenant = :tenant AND year = :year AND idx = :idx AND actor = :actor"""
)
_ABOUT = """SELECT 1 FROM audit_subject s JOIN gateway_case_signal m ON m.signal_id = s.subject
    WHERE s.tenant = :tenant AND s.year = :year AND s.idx = :idx AND m.case_id = :case"""
_CODE = "SELECT purpose, period, pointer FROM gateway_pseudonym WHERE party_id = :party AND code = :code"


def _half_done(connection: Connection) -> Iterator[str]:
    for name, sql in HALF_DONE.items():
        found = connection.exec_driver_sql(sql).all()
        if found:
            yield f"half done: {name} ({len(found)})"


def _rows(connection: Connection, sql: str, given: Mapping[str, Any]) -> Sequence[Any]:
    values = {"tenant": TENANT, **given}
    wanted = {name: values[name] for name in re.findall(r":(\w+)", sql)}
    return connection.exec_driver_sql(sql, wanted).all()
