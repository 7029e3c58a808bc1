"""The small decisions of the tools: Python, help, locks, environment variables, faults in outputs."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import checks, environments, lock, sanity, targets, tree, workspace
from tools.__main__ import refused
from tools.cache import REPOSITORY


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_python_that_runs_ansible_is_taken(version: tuple[int, int]) -> None:
    assert refused(version) is None


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 14)])
def test_another_python_is_refused_with_the_way_out(version: tuple[int, int]) -> None:
    refusal = refused(version)
    assert refusal
    assert "{}.{}".format(*version) in refusal
    assert "make PYTHON=" in refusal


def test_what_is_compiled_is_kept_on_a_machine_that_forbids_it() -> None:
    say = ("timeit", "-n", "1", "-r", "1", "import sys; print(sys.dont_write_bytecode)")
    done = subprocess.run(
        [sys.executable, "-m", "tools", "run", *say],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.splitlines()[0] == "False"


def test_help_lists_the_described_targets() -> None:
    text = "help: ## this list\n\t@true\nlong-name: help ## more: words\nhidden:\n\ttrue\nA := b ## no target\n"
    assert targets.described(text) == "make help       this list\nmake long-name  more: words"


def test_every_target_of_the_makefile_is_described() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert [line.split()[1] for line in targets.described(makefile).splitlines()] == phony.split()


def test_requirements_are_compiled_for_every_machine() -> None:
    command = lock.command("dev")
    assert command[-3:] == ["dev.in", "--output-file", "dev.txt"]
    assert {"--universal", "--generate-hashes", "--no-header"} <= set(command)
    assert "--no-deps" not in command
    assert "--no-deps" in lock.command("collections")


def test_an_address_in_a_lock_is_refused() -> None:
    lock.refuse_addresses(Path("dev.txt"), "boto3==1 \\\n    --hash=sha256:ab\n    # via -r dev.in\n")
    with pytest.raises(ValueError, match=r"dev\.txt:2 holds an address"):
        lock.refuse_addresses(Path("dev.txt"), "boto3==1\n--index-url https://example.test/simple\n")


@pytest.mark.parametrize("wanted", sorted(environments.REQUIREMENTS.glob("*.in")), ids=lambda path: path.name)
def test_every_requirement_is_locked_by_hash_without_address(wanted: Path) -> None:
    text = wanted.with_suffix(".txt").read_text(encoding="utf-8")
    lock.refuse_addresses(wanted, text)
    names = {line.split()[0] for line in wanted.read_text().splitlines() if line and not line.startswith("#")}
    for name in names:
        assert re.search(rf"^{re.escape(re.split('[=[]', name)[0])}(\[\w+\])?==\S+.* \\$", text, re.MULTILINE | re.I), (
            name
        )
    assert len(re.findall(r"^\S+==", text, re.MULTILINE)) <= text.count("--hash=sha256:")


def test_checks_see_no_credentials_and_no_settings_of_the_person() -> None:
    given = {
        "PATH": "/usr/bin",
        "LANG": "en_GB.UTF-8",
        "AWS_PROFILE": "production",
        "KUBECONFIG": "/mine",
        "K8S_AUTH_HOST": "https://real",
        "ANSIBLE_CONFIG": "/mine",
        "PYTHONPATH": "/mine",
        "HELM_DRIVER": "sql",
        "EPINIO_CHART_REPO": "https://real",
    }
    seen = workspace.variables_for(given, Path("/tools"), Path("/empty"), Path("/tree"))
    assert seen["PATH"] == "/tools:/usr/bin"
    assert seen["HOME"] == "/empty"
    assert seen["ANSIBLE_COLLECTIONS_PATH"] == "/tree"
    assert set(seen) & set(given) == {"PATH", "LANG"}


@pytest.mark.parametrize("output", ["Running\nWARNING: All targets skipped.\n", "ERROR: No tests applicable."])
def test_a_success_without_tests_is_a_fault(output: str) -> None:
    assert sanity.skipped(output)


def test_a_success_is_none() -> None:
    assert sanity.skipped("Running sanity test 'pep8'\nWARNING: Reviewing previous 1 warning(s):\n") == ""


def test_findings_of_ansible_test_are_picked_out() -> None:
    output = "Running sanity test 'pep8'\nERROR: a.py:1:1: E501\nmore\nFATAL: The 1 sanity test(s)\n"
    assert sanity.findings(output) == "ERROR: a.py:1:1: E501\nFATAL: The 1 sanity test(s)"
    assert sanity.findings("Traceback\nKeyError") == "Traceback\nKeyError"


def test_bootstrap_lies_where_ansible_test_looks(tmp_path: Path) -> None:
    wheel = tmp_path / "pip-24.2-py3-none-any.whl"
    wheel.touch()
    sanity.place_bootstrap(tmp_path / "home" / sanity.BOOTSTRAP, wheel)
    assert {path.name for path in (tmp_path / "home").iterdir()} == {"get_pip_24_2.py", wheel.name}


def test_faults_of_galaxy_importer_are_found() -> None:
    output = "Importing\nERROR: no readme\nWARNING: no tag\ninfo: ERROR is only a word here\n"
    assert checks.faults_of_importer(output) == "ERROR: no readme\nWARNING: no tag"
    assert checks.faults_of_importer("Importing\nDone\n") == ""


def test_known_files_are_what_git_would_have(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in ("tracked", "gone", "new", "ignored", "sp ace"):
        (tmp_path / name).touch()
    (tmp_path / ".gitignore").write_text("ignored\n", encoding="utf-8")
    subprocess.run(["git", "add", "tracked", "gone", ".gitignore"], cwd=tmp_path, check=True)
    (tmp_path / "gone").unlink()
    assert tree.known_files(tmp_path) == [".gitignore", "new", "sp ace", "tracked"]


def test_copy_lies_outside_any_repository(tmp_path: Path) -> None:
    copy = tree.copied(tmp_path)
    assert copy == tmp_path / "ansible_collections" / "epinio" / "aws"
    assert (copy / "galaxy.yml").read_bytes() == (REPOSITORY / "galaxy.yml").read_bytes()
    assert (tmp_path / "ansible_collections" / "amazon" / "aws").is_dir()
    inside = subprocess.run(["git", "rev-parse"], cwd=copy, capture_output=True, check=False)
    assert inside.returncode != 0


def test_linked_tree_shows_the_repository() -> None:
    assert (tree.linked() / "ansible_collections" / "epinio" / "aws").resolve() == REPOSITORY
