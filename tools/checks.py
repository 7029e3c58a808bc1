"""What is checked, with which tool, in which order."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tools import cache, sanity, tree, workspace
from tools.cache import REPOSITORY
from tools.cores import CORES
from tools.steps import Command, Step, StepFailed, foreground, run, tail
from tools.workspace import Workspace

# Below this share of executed lines the pure core of the collection counts as untested.
COVERED = 95
PURE = ("domain", "planners")
PURE_TESTS = tuple(f"tests/unit/plugins/module_utils/{name}" for name in PURE)
WITHOUT_SANDBOX = ("tests/unit", "tests/meta", "tests/test_tools")
TYPED = ("ansible_collections.epinio.aws.plugins", "sandbox", "tools", "tests")
# Tests wait for helm and Kubernetes two thirds of the time. With its cluster a worker takes a gigabyte of memory.
WORKERS = min(3 * (os.cpu_count() or 1), 8)
# Seconds for all tests together, cold builds of the control plane included.
TEST_PATIENCE = 60 * 60.0


def everything() -> None:
    """Every check, then every test; the counts of the tests are the last line."""
    with workspace.workspace() as work:
        _package(work)
        prepared = sanity.prepare(work.tree, work.variables)
        run([sanity.step(work.tree, prepared), _pure_core(work), *_linters(work), *_other_cores(work)])
        _tests(work, ["-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder", "tests"])


def lint() -> None:
    """Every check that is neither a test nor ansible-test."""
    with workspace.workspace() as work:
        _package(work)
        run(_linters(work))


def sanity_only() -> None:
    """ansible-test sanity."""
    with workspace.workspace() as work:
        run([sanity.step(work.tree, sanity.prepare(work.tree, work.variables))])


def unit() -> None:
    """The tests that need no sandbox, with the coverage of the pure core by all of them."""
    with workspace.workspace() as work:
        _tests(work, _covering(WITHOUT_SANDBOX))


def scenario(name: str) -> None:
    """The scenarios whose name contains `name`."""
    with workspace.workspace() as work:
        _tests(work, ["tests/scenarios", "-k", name])


COMMANDS: dict[str, Callable[[], None]] = {"test": everything, "lint": lint, "sanity": sanity_only, "unit": unit}


def faults_of_importer(output: str) -> str:
    """The lines in which galaxy-importer reports faults; it ends with 0 all the same."""
    return "\n".join(line for line in output.splitlines() if re.match(r"ERROR|WARNING", line))


def _package(work: Workspace) -> None:
    installed = work.folder / "installed"
    build: Command = ["ansible-galaxy", "collection", "build", "--output-path", work.folder / "dist"]
    run([Step("collection: build", build, work.tree, work.variables)])
    package = _built(work)
    install: Command = ["ansible-galaxy", "collection", "install", "--offline", package, "-p", installed]
    elsewhere = {**work.variables, "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    run([Step("collection: install offline", install, work.folder, elsewhere)])


def _built(work: Workspace) -> Path:
    (package,) = (work.folder / "dist").glob("*.tar.gz")
    return package


def _linters(work: Workspace) -> list[Step]:
    commands: dict[str, Command] = {
        "ruff": ["ruff", "check", "--no-cache", "."],
        "ruff format": ["ruff", "format", "--no-cache", "--check", "."],
        "yamllint": ["yamllint", "-s", "."],
        "antsibull-changelog": ["antsibull-changelog", "lint"],
        "ansible-lint": ["ansible-lint", "-q"],
        "antsibull-docs": [
            *("antsibull-docs", "lint-collection-docs"),
            *("--plugin-docs", "--validate-collection-refs=self", "."),
        ],
    }
    importer = {**work.variables, "GALAXY_IMPORTER_CONFIG": str(REPOSITORY / "tools" / "galaxy-importer.cfg")}
    # The longest first, so that no core is left without work at the end.
    return [
        Step(
            "galaxy-importer",
            ["python", "-m", "galaxy_importer.main", _built(work)],
            work.folder,
            importer,
            hidden_faults=faults_of_importer,
            useful=lambda output: faults_of_importer(output) or tail(output),
        ),
        _mypy(work),
        *(Step(name, command, work.tree, work.variables) for name, command in commands.items()),
    ]


def _mypy(work: Workspace) -> Step:
    # In the linked tree, not in the copy: mypy's cache is valid only while the paths stay the same.
    root = tree.linked()
    packages = [word for name in TYPED for word in ("-p", name)]
    settings: Command = ["--config-file", REPOSITORY / "pyproject.toml", "--cache-dir", root / ".mypy_cache"]
    return Step(
        "mypy",
        ["mypy", *settings, *packages],
        root,
        {**work.variables, "MYPYPATH": f"{root}:{REPOSITORY}"},
        useful=lambda output: tail(output.replace("ansible_collections/epinio/aws/", "").replace(f"{REPOSITORY}/", "")),
    )


def _pure_core(work: Workspace) -> Step:
    # Also part of the tests at the end. Here they are the quick answer before the slow ones, and the coverage.
    return Step("pure core and its coverage", _pytest(_covering(PURE_TESTS)), REPOSITORY, _pytest_variables(work))


def _other_cores(work: Workspace) -> Iterator[Step]:
    """ansible-test and the unit tests with the oldest and the newest ansible-core, each with what is of its time."""
    for core in CORES:
        python = core.python
        if python is None:
            cache.say(core.missing)
            continue
        binaries = core.binaries(python)
        root = work.folder / core.name
        copy = tree.copied(root, core.collections())
        variables = workspace.variables_for(os.environ, binaries, work.folder / "home", root)
        prepared = sanity.prepare(copy, variables, core.name, python, core.bootstrap)
        yield sanity.step(copy, prepared, core.name, python)
        # What their libraries warn of is not ours to mend.
        units = [*_pytest(["tests/unit"]), "-o", "filterwarnings=default", "-p", "no:cacheprovider"]
        yield Step(f"unit tests, {core.name}", units, REPOSITORY, {**variables, "EPINIO_AWS_TREE": str(root)})


def _covering(tests: Sequence[str]) -> list[str]:
    sources = [f"--cov={REPOSITORY / 'plugins' / 'module_utils' / name}" for name in PURE]
    return [*sources, f"--cov-fail-under={COVERED}", "--cov-report=term-missing:skip-covered", *tests]


def _tests(work: Workspace, arguments: Sequence[str]) -> None:
    code = foreground(_pytest(arguments), REPOSITORY, _pytest_variables(work), TEST_PATIENCE)
    if code:
        raise StepFailed(f"pytest ended with {code}")


def _pytest(arguments: Sequence[str]) -> list[str]:
    return ["python", "-m", "pytest", *arguments]


def _pytest_variables(work: Workspace) -> dict[str, str]:
    return {
        **work.variables,
        "ANSIBLE_COLLECTIONS_PATH": str(tree.linked()),
        "COVERAGE_FILE": str(work.folder / "coverage"),
    }
