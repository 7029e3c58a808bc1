"""What must stand in no file, and how long a file may be."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.meta.sources import DOCUMENTS, REPOSITORY, constants, python_files
from tools.tree import known_files

# Put together here, so that this file does not hold them itself.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("index", "crates", "io"),
    ]
]
MACHINE_PATHS = [f"/{name}/" for name in ("root", "work", "home", "Users")]
# No letter before it: a path inside a longer one or an address is not a place on a machine.
FORBIDDEN = re.compile("|".join([*map(re.escape, REGISTRIES), *(rf"(?<![\w.~}})/-]){p}[\w.]" for p in MACHINE_PATHS)]))
LINES = 250
SIZED = ("plugins", "sandbox", "tools", "tests")


def forbidden(root: Path, names: list[str]) -> list[str]:
    """Each line with a registry's host name or a path of somebody's machine, as `file:line: word`."""
    return [
        f"{name}:{number}: {word}"
        for name in names
        if (root / name).is_file()
        for number, line in enumerate((root / name).read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        for word in FORBIDDEN.findall(line)
    ]


def length(path: Path) -> int:
    """The lines of a file, without those of a module's documentation."""
    total = len(path.read_text(encoding="utf-8").splitlines())
    shown = [node for name, node in constants(path).items() if name in DOCUMENTS]
    return total - sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in shown)


def too_long(root: Path) -> list[str]:
    files = [path for folder in SIZED for path in python_files(root / folder)]
    return [f"{path.relative_to(root)}: {length(path)}" for path in files if length(path) > LINES]


def sanity_ignores(root: Path) -> list[str]:
    """Files that tell ansible-test to look away, if there is anything in them."""
    return [path.name for path in sorted((root / "tests" / "sanity").glob("ignore*.txt")) if path.read_text().strip()]


def test_no_file_names_a_registry_or_a_machine() -> None:
    assert forbidden(REPOSITORY, known_files(REPOSITORY)) == []


def test_files_are_short() -> None:
    assert too_long(REPOSITORY) == []


def test_sanity_ignores_nothing() -> None:
    assert sanity_ignores(REPOSITORY) == []


@pytest.mark.parametrize("word", [*REGISTRIES, *(f"{path}somebody" for path in MACHINE_PATHS)])
def test_a_forbidden_word_is_found(tmp_path: Path, word: str) -> None:
    (tmp_path / "file.txt").write_text(f"first\nsee {word} here\n", encoding="utf-8")
    assert [found.rpartition(":")[0] for found in forbidden(tmp_path, ["file.txt"])] == ["file.txt:2"]


@pytest.mark.parametrize("text", ["https://example.test/home/page", "a/work/b", "$HOME/work/x"])
def test_other_words_are_not(tmp_path: Path, text: str) -> None:
    (tmp_path / "file.txt").write_text(text, encoding="utf-8")
    assert forbidden(tmp_path, ["file.txt"]) == []


def test_a_long_file_is_found(tmp_path: Path) -> None:
    for folder in SIZED:
        (tmp_path / folder).mkdir()
    (tmp_path / "tools" / "long.py").write_text("x = 1\n" * (LINES + 1), encoding="utf-8")
    documented = 'EXAMPLES = """' + "x\n" * LINES + '"""\n'
    (tmp_path / "tools" / "documented.py").write_text(documented, encoding="utf-8")
    assert too_long(tmp_path) == [f"tools/long.py: {LINES + 1}"]


def test_a_sanity_ignore_is_found(tmp_path: Path) -> None:
    (tmp_path / "tests" / "sanity").mkdir(parents=True)
    (tmp_path / "tests" / "sanity" / "ignore-2.19.txt").write_text("plugins/modules/x.py pylint\n", encoding="utf-8")
    assert sanity_ignores(tmp_path) == ["ignore-2.19.txt"]
