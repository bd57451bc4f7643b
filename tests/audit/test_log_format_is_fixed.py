"""The format of version 1 is fixed for as long as anybody keeps a receipt: these bytes may never change.

Everything random is replaced by counters, so that the whole log is a function of its events.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from audit.entry import Event, commitment, sealed_hashes, subjects_root
from audit.export import write
from audit.layout import unpack
from audit.log import Log
from audit.query import inclusion
from audit.verify import verify
from schemas.audit import Act
from schemas.ids import CaseId, SubjectId
from tests.support.audit import HOST, NOON, TENANT, Ed25519, fresh, verify_ed25519

READ = Event(
    act=Act.CASE_READ,
    tenant=TENANT,
    party=f"{7:032x}",
    role="sociaal_werk",
    user=f"{1001:032x}",
    client=f"{2001:032x}",
    purpose="hulpverlenen",
    grant="V07",
    ground="Wgs:3.1.b",
    register="ab" * 32,
    decision="permit",
    subject=SubjectId(f"{1:032x}"),
    case=CaseId(f"{3001:032x}"),
    fields=("achternaam", "bedrag_cent"),
    sealed=(b"sealed", b"other"),
    why=("caseload",),
    n=1,
    detail={"ip": "192.0.2.7"},
    trace="0af7651916cd43dd8448eb211c80319c",
    span="b7ad6b7169203331",
    parent="00f067aa0ba902b7",
)
RUN = Event(act=Act.MATCH_RUN, tenant=TENANT, n=2, subjects=(SubjectId(f"{1:032x}"), SubjectId(f"{2:032x}")))
DENIED = Event(act=Act.ACCESS_DENIED, tenant=TENANT, decision="deny", reason="geen_caseload")


FIXED_ENTRIES = [
    (
        b'{"act":"log.opened","crud":"C","id":"01a0c4506c0076b8b273ff34fce19d6b","key":"sluis.example/audi'
        b't+76e40d2d+AYMgpRl32MOMqKSSfGcN9YIeRJdhlF4V6e+yahUJ0jDq","t":1790000000000,"typ":"log","v":1}'
    ),
    (
        b'{"act":"case.read","actc":"45cd2d3f12dbe415c7443fb583174e07c0f441acab8c639963363d2a0d864541","ca'
        b'sc":"c9686e6fc743e91d67dea886bc26a8f3e9b8d9765ae53b00f60df04403731de0","cat":["achternaam","bedr'
        b'ag_cent"],"crud":"R","dec":"permit","detc":"72ee5f2562bd3e89c11b625a5f506b1e1f305a5438816006afcd'
        b'3cbbe813eb39","gr":"V07","id":"01a0c4506c007d479e3a265e16eee03f","leg":"Wgs:3.1.b","n":1,"org":"'
        b'00000000000000000000000000000007","pol":"abababababababababababababababababababababababababababa'
        b'babababab","psp":"00f067aa0ba902b7","pur":"hulpverlenen","role":"sociaal_werk","seal":"c55ff69c8'
        b'863ef33174b2cdcff386c82645f29938946f1f43f8cad7cd17e1db7","sealn":2,"sp":"b7ad6b7169203331","subc'
        b'":"af7fe52af69118249f7b12b04d00cf0df3f0e8ace5c0615c8a6ec97ffce8bac1","t":1790000000000,"tr":"0af'
        b'7651916cd43dd8448eb211c80319c","typ":"access","v":1,"whyn":1}'
    ),
    (
        b'{"act":"match.run","crud":"E","detc":"77f4fdfd3ab1593180a9e6c48ed13379fa15c91b65713d613c6dbefd29'
        b'975d68","id":"01a0c4506c0074e0808562bedb8b60ce","n":2,"subr":"1ed642229ff6980d51ea3de419e7316aba'
        b'99c46659c7e541c03dca2467957d17","t":1790000000000,"typ":"access","v":1}'
    ),
    (
        b'{"act":"access.denied","clk":5,"crud":"R","dec":"deny","id":"01a0c4506c007ef2927de37b942baad0","'
        b'rsn":"geen_caseload","t":1790000000000,"typ":"deny","v":1}'
    ),
]
FIXED_FILES = {
    "checkpoint": "b4b272ce82ea2ea378264a639a55cacd0eb8f20ed2c76c4e6323c0a2af82699d",
    "tile/0/000": "280b55f1b6ab0d537b7d1a794f7699b1f1eb28d258fd80633d97ce30d3642bbb",
    "tile/0/001.p/47": "d5a0818aec2cc38f7151c9e019dcbf87910881ef2da2570c3fe990b3b45b33c2",
    "tile/1/000.p/1": "77aa6a5538295207a9995fa7508622fb504a36fe843edebea078bdafbd8e03f6",
    "tile/entries/000": "54c18cca436f382846623ced3f9c4cfde99f4bd6723d61116f6c4346dd3837a2",
    "tile/entries/001.p/47": "330bfc7809d0a2e7234cd7f4bbe2d9437d2878dac2c7a538ec48b713b2312a3e",
    "vkey": "4d59210220f9e9da33b37444ce186da7984f07b64c10d229d12cfb94509c5722",
}
FIXED_RECEIPT = "b89b4636f0fd710742f4ea297eebd2d4b9ad5a6d81ff78852241963e9755d72d"


class Counter:
    """Bytes that follow from how often was asked."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self, length: int, /) -> bytes:
        """Give the next bytes."""
        self._next += 1
        return (sha256(b"%d" % self._next).digest() * 4)[:length]


class Plain:
    """A sealer that seals nothing, so that the hash of the detail is fixed too."""

    def seal_many(self, tenant: str, details: Sequence[tuple[str | None, bytes]], /) -> list[bytes]:
        """Give the plaintext."""
        return [detail for _, detail in details]

    def open(self, tenant: str, subject: str | None, blob: bytes, /) -> bytes:
        """Give it back."""
        return blob


def fixed_log(directory: Path) -> str:
    """Write the fixed log; gives the receipt of its second entry."""
    with fresh() as connection:
        log = Log(Ed25519(), Plain(), HOST, Counter())
        log.append(connection, [READ, RUN], NOON)
        log.append(connection, [DENIED] * 300, NOON - 5)
        write(connection, TENANT, 2026, directory)
        return str(inclusion(connection, TENANT, 2026, 2))


def test_the_entries_of_version_1_are_these_bytes(tmp_path: Path) -> None:
    fixed_log(tmp_path / "log")
    assert unpack((tmp_path / "log/tile/entries/000").read_bytes())[:4] == FIXED_ENTRIES


def test_the_files_and_receipts_of_the_fixed_log_never_change(tmp_path: Path) -> None:
    receipt = fixed_log(tmp_path / "log")
    files = sorted(one for one in (tmp_path / "log").rglob("*") if one.is_file())
    digests = {str(one.relative_to(tmp_path / "log")): sha256(one.read_bytes()).hexdigest() for one in files}
    assert digests == FIXED_FILES
    assert sha256(receipt.encode()).hexdigest() == FIXED_RECEIPT
    assert verify(tmp_path / "log", verify_ed25519, str(Ed25519().vkey)).size == 303


def test_commitments_and_roots_never_change() -> None:
    assert (
        commitment("subject", bytes(32), "a").hex()
        == "5f80869b819f925962de0e070325caf328089398b40c0abab1ba259095917537"
    )
    assert (
        subjects_root(bytes(32), ["a", "b"]).hex()
        == "37f84d77d65b214371a205123eb395204704a61e31657ad6b813686ff9f4c5cf"
    )
    assert [one.hex() for one in sealed_hashes([b"a", b"b"])] == [
        "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
        "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    ]
