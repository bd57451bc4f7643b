"""A case system that takes files: one JSON file per dossier in a folder, for whoever fetches it there.

A file appears whole or not at all, for its owner alone, under the reference of the dossier; a newer version replaces an
older one and never the other way round, so that delivering again is harmless.
"""

import os
from pathlib import Path

import orjson

from schemas.ris import Fate, Message


class RisFolder:
    """Delivers dossiers to one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, reference: str, message: Message) -> Fate:
        """Write one dossier with its key and version; a folder that is away or full is tried again."""
        target = self._folder / f"{reference}.json"
        try:
            if _version(target) < message.version:
                self._write(target, message)
        except OSError:
            return Fate.LATER
        return Fate.BEZORGD

    def _write(self, target: Path, message: Message) -> None:
        content = {
            "bericht": message.key,
            "versie": message.version,
            "dossier": orjson.Fragment(message.body),
        }
        fresh = target.with_suffix(f".{message.key}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(orjson.dumps(content))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)


def _version(target: Path) -> int:
    """Give the version that lies there, 0 for none; what is no file of ours is written over."""
    if not target.exists():
        return 0
    try:
        found = orjson.loads(target.read_bytes())
        return int(found["versie"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 0
