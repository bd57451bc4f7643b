"""The register's purposes and grounds exist in the W3C vocabulary they refer to."""

import csv
import os
from pathlib import Path

import pytest

from schemas.purposes import SUITABLE, Purpose, Shape
from schemas.transforms import Transform
from tests.support.register import packaged_register


@pytest.mark.skipif(
    "SLUIS_CONFORMANCE_DIR" not in os.environ, reason="SLUIS_CONFORMANCE_DIR is not set (W3C vocabulary)"
)
def test_every_iri_of_the_register_exists_in_the_data_privacy_vocabulary() -> None:
    known = set()
    for table in (Path(os.environ["SLUIS_CONFORMANCE_DIR"]) / "dpv").glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as rows:
            known |= {row["iri"] for row in csv.DictReader(rows)}
    register = packaged_register()
    used = {spec.iri for spec in register.purposes.values()}
    used |= {ground.iri for ground in register.legal_grounds.values()}
    assert used <= known


def test_every_form_of_value_can_be_hidden_and_says_which_transforms_fit() -> None:
    assert set(SUITABLE) == set(Shape)
    assert all(Transform.VERBORGEN in fitting for fitting in SUITABLE.values())
    used = {transform for fitting in SUITABLE.values() for transform in fitting}
    assert used == set(Transform)


def test_every_purpose_is_described_with_its_party() -> None:
    register = packaged_register()
    assert set(register.purposes) == set(Purpose)
    for purpose, spec in register.purposes.items():
        assert register.pair(spec.partij, purpose)
        assert spec.verwerking in register.activities
