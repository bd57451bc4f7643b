"""The deployment holds no secret, publishes nothing but the proxy, and the proxy speaks TLS as the NCSC asks.

No container engine is needed: the compose file is data, and the proxy's configuration runs in a local nginx.
"""

import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.folders import ROOT, program

COMPOSE = ROOT / "docker-compose.yml"
NGINX = ROOT / "deploy" / "proxy" / "nginx.conf"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"

# NCSC, TLS guidelines of May 2025: "good" and "sufficient"; whatever is not here is phase-out or worse.
GOOD_13 = {"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"}
SUFFICIENT_12 = re.compile(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)")
GOOD_CURVES = {"X25519", "X448", "prime256v1", "secp384r1", "secp521r1"}


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return read


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def test_the_compose_file_fits_the_specification() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_gateway_database_and_proxy_are_there() -> None:
    assert set(services()) == {"proxy", "gateway", "database"}


@pytest.mark.parametrize("service", ["proxy", "gateway", "database"])
def test_every_service_is_hardened_and_watched(service: str) -> None:
    spec = services()[service]
    assert spec["read_only"] is True
    assert spec["cap_drop"] == ["ALL"]
    assert spec["security_opt"] == ["no-new-privileges:true"]
    assert spec["healthcheck"]["test"][0] == "CMD"
    assert not spec.get("privileged")
    assert not re.search(r":latest$|^[^:]+$", spec["image"])


def test_only_the_proxy_publishes_a_port_and_can_be_reached_from_outside() -> None:
    assert [name for name, spec in services().items() if "ports" in spec] == ["proxy"]
    inside = {name for name, network in compose()["networks"].items() if network and network.get("internal")}
    for name in ("gateway", "database"):
        assert set(services()[name]["networks"]) <= inside
    assert not set(services()["proxy"]["networks"]) & set(services()["database"]["networks"])


def test_no_secret_stands_in_the_file() -> None:
    assert all(Path(secret["file"]).parent.name for secret in compose()["secrets"].values())
    for name, spec in services().items():
        for variable, value in spec.get("environment", {}).items():
            if re.search("PASS|SECRET|KEY|TOKEN", variable):
                assert str(value).startswith("/run/secrets/"), f"{name}: {variable}"


def test_no_secret_is_inside_the_checkout() -> None:
    assert all(
        secret["file"].startswith("${SLUIS_SECRETS:-/etc/sluis}/") for secret in compose()["secrets"].values()
    )


def test_the_image_is_built_from_the_lock_and_does_not_run_as_root() -> None:
    lines = DOCKERFILE.read_text(encoding="utf-8").splitlines()
    assert all("--locked" in line for line in lines if "uv sync" in line)
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users
    assert users[-1] not in {"root", "0"}


def directive(name: str) -> list[str]:
    found = re.findall(rf"^\s*{name} (.+);$", NGINX.read_text(encoding="utf-8"), re.MULTILINE)
    return [str(value) for value in found]


def test_the_proxy_offers_only_what_the_ncsc_calls_good_or_sufficient() -> None:
    assert set(directive("ssl_protocols")[0].split()) == {"TLSv1.2", "TLSv1.3"}
    assert all(SUFFICIENT_12.fullmatch(suite) for suite in directive("ssl_ciphers")[0].split(":"))
    assert set(directive("ssl_conf_command Ciphersuites")[0].split(":")) <= GOOD_13
    assert set(directive("ssl_ecdh_curve")[0].split(":")) <= GOOD_CURVES
    assert "SHA1" not in directive("ssl_conf_command SignatureAlgorithms")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_log", "off"),
        ("gzip", "off"),
        ("proxy_request_buffering", "off"),
        ("proxy_buffering", "off"),
        ("proxy_max_temp_file_size", "0"),
        ("server_tokens", "off"),
    ],
)
def test_the_proxy_keeps_nothing(name: str, value: str) -> None:
    assert directive(name) == [value]


def certificate(folder: Path) -> None:
    """Make a throw-away certificate with a P-256 key, self-signed, for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251 (a certificate is valid around the present)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "tls_certificate").write_bytes(made.public_bytes(pem))
    (folder / "tls_key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run the real configuration on this machine, with nobody behind it; gives its port and its certificate."""
    nginx = program("nginx")
    folder = tmp_path_factory.mktemp("proxy")
    certificate(folder)
    port = free_port()
    text = re.sub("/(tmp|run/secrets)/", f"{folder}/", NGINX.read_text(encoding="utf-8"))
    text = text.replace("gateway:8080", f"127.0.0.1:{free_port()}")
    text = text.replace("listen 8443", f"listen 127.0.0.1:{port}")
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    command = [nginx, "-c", str(folder / "nginx.conf"), "-g", "daemon off; master_process off;"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        wait_for(port, running)
        yield port, folder / "tls_certificate"
        running.terminate()


def wait_for(port: int, running: subprocess.Popen[str]) -> None:
    while running.poll() is None:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"nginx refused the configuration: {running.stderr.read() if running.stderr else ''}")


def spoken(proxy: tuple[int, Path], version: ssl.TLSVersion, ciphers: str | None = None) -> ssl.SSLSocket:
    """Shake hands as a client that speaks one version, and in it perhaps few suites."""
    port, authority = proxy
    context = ssl.create_default_context(cafile=str(authority))
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    plain = socket.create_connection(("127.0.0.1", port))
    try:
        return context.wrap_socket(plain, server_hostname="localhost")
    except ssl.SSLError:
        plain.close()
        raise


@pytest.mark.parametrize("ciphers", ["ECDHE+AESGCM", "ECDHE+CHACHA20"])
def test_a_client_with_forward_secrecy_and_an_aead_is_served(proxy: tuple[int, Path], ciphers: str) -> None:
    with spoken(proxy, ssl.TLSVersion.TLSv1_2, ciphers) as old, spoken(proxy, ssl.TLSVersion.TLSv1_3) as new:
        assert SUFFICIENT_12.fullmatch((old.cipher() or ("",))[0])
        assert (new.cipher() or ("",))[0] in GOOD_13


@pytest.mark.parametrize("ciphers", ["ECDHE+AES:!AESGCM:!AESCCM", "DHE+AESGCM", "RSA+AESGCM"])
def test_a_client_with_weaker_suites_is_refused(proxy: tuple[int, Path], ciphers: str) -> None:
    with pytest.raises(ssl.SSLError):
        spoken(proxy, ssl.TLSVersion.TLSv1_2, ciphers)


def test_without_the_gateway_the_proxy_answers_with_a_problem_document(proxy: tuple[int, Path]) -> None:
    with spoken(proxy, ssl.TLSVersion.TLSv1_3) as client:
        client.sendall(b"GET /v1/leveringen HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(4096), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 503")
    assert "Content-Type: application/problem+json" in head
    assert "Strict-Transport-Security: max-age=31536000" in head
    assert yaml.safe_load(body)["status"] == 503
