"""The end of the demo: the log leaves as files and verifies offline; a row changed behind its back is named."""

import sqlite3
import tempfile
from pathlib import Path

from audit.note import key_of
from gateway.demo.stage import Stage
from gateway.services.administration import operator
from gateway.services.export import LogExport
from gateway.services.oversight import Oversight
from gateway.wiring import DATABASE
from schemas.errors import Broken, LogBroken


def verified(stage: Stage) -> str:
    """Export the log, verify the files with nothing but the public key, and say what was proved."""
    with tempfile.TemporaryDirectory(prefix="sluis-log-") as folder:
        export = LogExport(stage.gateway.house, stage.gateway.signer)
        report = export.write(operator(stage.settings.tenant), Path(folder) / "log")
    return f"{report.size} regels van {report.origin} kloppen, wortel {report.root.hex()[:16]}…"


def verifier_key(stage: Stage) -> str:
    """Give the public key with which anybody checks this installation's log (C2SP vkey)."""
    return str(key_of(stage.gateway.signer))


def tampered(stage: Stage) -> str:
    """Change one row of the log as somebody with the database file could, and give what the check says of it.

    Raises:
        Broken: nobody noticed, which would be the end of the promise.
    """
    index = _rewrite(stage.settings.home / DATABASE)
    oversight = Oversight(stage.gateway.house, stage.gateway.signer)
    try:
        oversight.check(stage.settings.tenant)
    except LogBroken as found:
        return f"regel {index} is veranderd; de controle zegt: {found.detail}"
    raise Broken("Een veranderde logregel viel niet op")


def _rewrite(database: Path) -> int:
    """Take the triggers away and turn a dial record that was handed out into a line of a list."""
    with sqlite3.connect(database) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        found = connection.execute(
            "SELECT idx, entry FROM audit_log WHERE instr(entry, 'dial.leased') LIMIT 1"
        ).fetchone()
        if found is None:
            raise Broken("In het logboek staat geen uitgegeven belrecord")
        index, entry = found
        forged = bytes(entry).replace(b"dial.leased", b"case.listed")
        connection.execute("UPDATE audit_log SET entry = ? WHERE idx = ?", (forged, index))
    return int(index)
