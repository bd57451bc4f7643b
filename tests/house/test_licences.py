"""The licence is there in full, and every file of the repository falls under one."""

import subprocess
import sys
import tomllib

import yaml

from tests.support.folders import ROOT, conformance, program


def test_the_licence_is_the_whole_eupl() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert [f"\n{article}." in text for article in range(1, 16)] == [True] * 15
    assert "Appendix" in text
    assert text.rstrip().endswith(
        "All other changes or additions to this Appendix require the production of a new EUPL version."
    )
    assert text == (ROOT / "LICENSES" / "EUPL-1.2.txt").read_text(encoding="utf-8")


def test_every_file_has_a_licence_and_a_holder() -> None:
    program("git")
    command = [sys.executable, "-m", "reuse", "--root", str(ROOT), "lint", "--lines"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_descriptions_of_the_project_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    reuse = tomllib.loads((ROOT / "REUSE.toml").read_text(encoding="utf-8"))
    assert project["license"] == public["legal"]["license"] == "EUPL-1.2"
    assert "EUPL-1.2" in {block["SPDX-License-Identifier"] for block in reuse["annotations"]}
    assert project["authors"][0]["name"] == public["legal"]["mainCopyrightOwner"]
    assert f">={public['dependsOn']['open'][0]['versionMin']}," in project["requires-python"]


def test_publiccode_fits_its_schema() -> None:
    schema = conformance("publiccode", "publiccode-0.5.schema.json")
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--schemafile",
        str(schema),
        str(ROOT / "publiccode.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
