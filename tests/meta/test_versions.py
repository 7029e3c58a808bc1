"""The oldest supported versions are the ones that are tried, and are the same wherever they are stated."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.epinio.aws.plugins.doc_fragments.requirements import ModuleDocFragment
from ansible_collections.epinio.aws.plugins.module_utils import sdk

from tests.meta.sources import REPOSITORY, constants, module_files, yaml_file
from tools.environments import REQUIREMENTS

PACKAGES = ("ansible-core", "boto3")
ROW = re.compile(r"^\| (?P<name>oldest|dev|newest) \| (?P<cells>.*) \|$", re.MULTILINE)
BOUND = re.compile(r"(?P<name>[\w.-]+) ?>= ?(?P<version>[\d.]+)")


def pinned(name: str) -> dict[str, str]:
    """The versions that a lock file has."""
    return dict(re.findall(r"^([\w-]+)==([\w.]+)", (REQUIREMENTS / f"{name}.txt").read_text(), re.MULTILINE))


def rows(readme: str) -> dict[str, dict[str, str]]:
    """README's table of what is tried, by the name of the row."""
    titles = ("ansible-core", "Python", "amazon.aws", "kubernetes.core", "boto3")
    return {row["name"]: dict(zip(titles, row["cells"].split(" | "), strict=True)) for row in ROW.finditer(readme)}


def bounds(text: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in BOUND.finditer(text)}


def untrue(stated: dict[str, str], oldest: dict[str, str]) -> list[str]:
    """What is stated and is not what is tried: `2.17` is the same as `2.17.0`."""
    return [
        f"{name} {version}" for name, version in stated.items() if name in oldest and not _same(version, oldest[name])
    ]


def _same(stated: str, version: str) -> bool:
    return version == stated or (stated.count(".") == 1 and version == f"{stated}.0")


def places(root: Path) -> dict[str, dict[str, str]]:
    """Everywhere that lower bounds are stated -> the bounds."""
    (install,) = re.findall(r"^pip install .*", (root / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    galaxy = yaml_file(root / "galaxy.yml")["dependencies"]
    return {
        "requirements.txt": bounds((root / "requirements.txt").read_text()),
        "README.md": bounds(install),
        "meta/runtime.yml": bounds("ansible-core " + yaml_file(root / "meta" / "runtime.yml")["requires_ansible"]),
        "galaxy.yml": {name: bounds(f"{name} {said}")[name] for name, said in galaxy.items()},
        "doc_fragments/requirements.py": bounds(ModuleDocFragment.AWS),
        "sdk.py": {"boto3": sdk.BOTO3},
        **{path.name: bounds(str(constants(path)["DOCUMENTATION"].value)) for path in module_files(root)},
    }


def test_the_table_has_what_is_locked() -> None:
    table = rows((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert list(table) == ["oldest", "dev", "newest"]
    for name, row in table.items():
        assert {each: row[each] for each in PACKAGES} == {each: pinned(name)[each] for each in PACKAGES}


def test_every_stated_bound_is_the_oldest_that_is_tried() -> None:
    table = rows((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    oldest = {**table["oldest"], "botocore": pinned("oldest")["botocore"]}
    stated = places(REPOSITORY)
    assert {where: untrue(said, oldest) for where, said in stated.items() if untrue(said, oldest)} == {}
    assert set(stated["requirements.txt"]) == {"boto3", "botocore"}
    assert set(stated["README.md"]) == set(PACKAGES)
    assert set(stated["meta/runtime.yml"]) == {"ansible-core"}
    assert set(stated["galaxy.yml"]) == {"amazon.aws", "kubernetes.core"}
    assert set(stated["doc_fragments/requirements.py"]) == {"boto3", "botocore"}


def test_every_module_of_aws_states_them() -> None:
    aws = yaml_file(REPOSITORY / "meta" / "runtime.yml")["action_groups"]["aws"]
    for path in module_files(REPOSITORY):
        said = yaml.safe_load(str(constants(path)["DOCUMENTATION"].value)).get("extends_documentation_fragment", [])
        assert ("epinio.aws.requirements.aws" in said) is (path.stem in aws), path.stem


@pytest.mark.parametrize("stated", ["1.34.0", "1.39", "1.39.20"])
def test_an_untrue_bound_is_found(stated: str) -> None:
    assert untrue({"boto3": stated}, {"boto3": "1.39.2"}) == [f"boto3 {stated}"]


def test_a_short_one_is_true() -> None:
    assert untrue({"ansible-core": "2.17"}, {"ansible-core": "2.17.0"}) == []
