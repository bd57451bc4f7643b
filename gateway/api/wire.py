"""The HTTP server under the service: what is no HTTP at all is answered as everything else that is wrong.

uvicorn answers it before the application is asked, in plain text and without our headers.
"""

from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.api.contract import API_VERSION
from gateway.api.frame import SECURITY_HEADERS
from gateway.api.problems import problem

_NOT_HTTP: Final = problem(400, "ongeldig", "De aanvraag klopt niet", "Dit is geen geldige HTTP-aanvraag")


def _answer() -> bytes:
    """Write the whole answer out: the parser may be in a state in which it writes none."""
    headers = (*_NOT_HTTP.raw_headers, (b"api-version", API_VERSION.encode("ascii")), *SECURITY_HEADERS)
    return b"\r\n".join(_lines(headers)) + bytes(_NOT_HTTP.body)


def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> Iterator[bytes]:
    yield b"HTTP/1.1 400 Bad Request"
    yield from (b": ".join(pair) for pair in headers)
    yield from (b"connection: close", b"", b"")


class ProblemProtocol(H11Protocol):
    """HTTP/1.1 whose parser errors are problem documents (RFC 9457, ``/core/error-handling``)."""

    def send_400_response(self, msg: str) -> None:
        """Answer and hang up; in the middle of another answer only hang up."""
        del msg
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_answer())
        self.transport.close()


def server_config(app: Any) -> uvicorn.Config:
    """Configure the server for an ASGI application.

    No access log (paths and addresses of people), no server name, no word of a proxy about who asks: nothing here
    looks at addresses, and whoever reaches the port could write that word.
    """
    return uvicorn.Config(
        app,
        http=ProblemProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
