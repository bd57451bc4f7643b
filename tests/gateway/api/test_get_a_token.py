"""The script of the how-to page gets a token from a real server, as it stands on the page."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keys.client_keys import Algorithm
from tests.support.folders import ROOT
from tests.support.frame import build, live
from tests.support.tokens import Authority, client_jwk, client_row


def script() -> str:
    page = (ROOT / "docs/how-to/get-a-token.md").read_text(encoding="utf-8")
    return page.partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize("alg", ["ES256", "PS256"])
def test_the_script_of_the_page_gets_a_token(tmp_path: Path, alg: Algorithm) -> None:
    jwk = client_jwk("corporatie", alg)
    authority = Authority({"corporatie": client_row(jwk=json.dumps(jwk))}, now=int(time.time()))  # noqa: TID251 (the script reads the real clock)
    party = {"party": "woonstichting", "client_id": "corporatie", "scope": "aanleveren", "jwk": jwk}
    with live(build(authority)) as server:
        credentials = {
            "issuer": "https://sluis.example",
            "token_endpoint": f"{server.url}/oauth/token",
            "parties": [party],
        }
        (tmp_path / "credentials.json").write_text(json.dumps(credentials), encoding="utf-8")
        (tmp_path / "ask.py").write_text(script(), encoding="utf-8")
        command = [sys.executable, "ask.py", "credentials.json", "woonstichting"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert authority.service.verify(done.stdout.strip()).purposes == {"aanleveren"}
