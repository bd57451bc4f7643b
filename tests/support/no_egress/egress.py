"""Refuses every connection that would leave this machine, for the whole process (law: no egress).

An audit hook (PEP 578) sees what Python's own socket layer is about to do, whichever library asks, and cannot
be taken off again. A refusal that a library swallows still counts: it stands in the file that
``SLUIS_TEST_EGRESS`` names, and the suite fails on it.
"""

import ipaddress
import os
import socket
import sys
from pathlib import Path

LEDGER = "SLUIS_TEST_EGRESS"
_NAMES_A_HOST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_INTERNET = {socket.AF_INET, socket.AF_INET6}


class EgressRefused(RuntimeError):
    """A test, or the product under test, tried to reach another machine."""


def is_local(host: object) -> bool:
    """Whether a host is this machine; an empty host is a listener's wildcard."""
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _target(event: str, args: tuple[object, ...]) -> object | None:
    """Give the host that an event is about, or None when it cannot leave this machine."""
    if event in _NAMES_A_HOST:
        return args[0]
    if event in _SENDS and isinstance(args[0], socket.socket) and args[0].family in _INTERNET:
        return args[1][0] if isinstance(args[1], tuple) else None
    return None


def _hook(event: str, args: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    host = _target(event, args)
    if host is not None and not is_local(host):
        note(f"{event} {host}")
        raise EgressRefused(f"{event} to {host!r} would leave this machine")


def note(line: str) -> None:
    """Write one refusal into the ledger, which processes started by tests share."""
    ledger = os.environ.get(LEDGER)
    if ledger:
        with Path(ledger).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def refuse_egress() -> None:
    """Put the hook in place for the rest of the life of this process."""
    sys.addaudithook(_hook)
