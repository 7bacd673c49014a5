"""The help: complete, with examples that work as they stand, and the same as the documentation says."""

import dataclasses
import importlib.util
import inspect
import re
import shlex
import subprocess
from pathlib import Path
from typing import get_type_hints

import pytest
from cyclopts import CycloptsError

from tencent_ci_async import __version__
from tencent_ci_async.cli import _words, app
from tencent_ci_async.cli._help import COMMANDS, PROGRAM_HELP

SPEC = importlib.util.spec_from_file_location("reference", Path(__file__).parent / "reference.py")
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_tells_everything(shell, name, monkeypatch):
    """What it does, examples, every option and what it means; nothing on stderr."""
    monkeypatch.setenv("COLUMNS", "100")
    done = shell(*name.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert COMMANDS[name].summary in done.out
    shown = re.sub(r"[\s\u2502]+", "", done.out)
    for names, parameter in reference.options(name):
        for each in (*(name for name in names if name.startswith("-")), parameter.help):
            assert re.sub(r"\s+", "", each) in shown
    for _, command in COMMANDS[name].examples:
        assert re.sub(r"\s+", "", command) in shown


def test_the_help_lists_every_command(shell):
    done = shell("--help")
    assert done.code == 0
    assert {name.partition(" ")[0] for name in COMMANDS} <= set(re.findall(r"[a-z]+", done.out))


def test_no_option_is_without_a_word_of_what_it_means():
    """Each parameter of each command has its help text; what cyclopts would show by itself is not enough."""
    for name in COMMANDS:
        command = reference.function(name)
        hints = get_type_hints(command, include_extras=True)
        known = [hints[each] for each in inspect.signature(command).parameters if each != "service"]
        fields = [getattr(hint, "__origin__", None) for hint in known]
        expected = sum(
            len(dataclasses.fields(each)) if dataclasses.is_dataclass(each) else 1 for each in fields
        )
        assert len(reference.options(name)) == expected, name


@pytest.mark.parametrize(
    "command",
    [line for help_ in (*COMMANDS.values(), PROGRAM_HELP) for _, line in help_.examples],
)
def test_examples_are_commands_that_exist(command):
    """Every example is understood as it stands."""
    words = shlex.split(re.sub(r"^\w+=\$\(|\)$|^source <\(", "", command))
    commands, current = [], []
    for word in [*words, "|"]:
        if word in {"|", ">"}:
            commands.append(current)
            current = []
        else:
            current.append(word)
    for each in commands:
        if each and each[0] == "tencent-ci":
            try:
                app.parse_args(_words(each[1:]), print_error=False, exit_on_error=False)
            except CycloptsError as error:
                pytest.fail(f"{each}: {error}")


def test_the_documentation_says_what_the_help_says():
    """Otherwise run ``python tests/cli/reference.py``."""
    page = reference.PAGE.read_text(encoding="utf-8")
    assert reference.written(page) == page
    assert {found["name"] for found in reference.BLOCK.finditer(page)} == {*COMMANDS, "all commands"}


def test_the_documentation_knows_every_exit_code():
    from tencent_ci_async.cli._failures import Exit  # noqa: PLC0415 - for this alone

    page = reference.PAGE.read_text(encoding="utf-8")
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    assert codes == {*map(int, Exit), 143}


def test_the_version_is_that_of_the_package(shell):
    assert shell("--version").out == f"tencent-ci-async {__version__}\n"


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands_or_says_what_it_needs(shell, name):
    """Old versions of cyclopts cannot write it; then one line says so."""
    done = shell("completion", name)
    if hasattr(app, "generate_completion"):
        assert done.code == 0
        assert {"describe", "watch", "--bucket", "tencent-ci"} <= set(re.findall(r"[a-z-]+", done.out))
    else:
        assert done.code == 2
        assert "pip install --upgrade cyclopts" in done.err


def test_a_shell_without_completion_is_named(shell):
    done = shell("completion", "fishy")
    assert done.code == 2
    assert "fishy" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [(["descrybe"], "describe"), (["wach", "j1"], "watch"), (["submit", "conct"], "concat")],
    ids=" ".join,
)
def test_a_misspelt_command_is_told_the_nearest(shell, words, said):
    done = shell(*words)
    assert (done.code, done.out) == (2, "")
    assert f'Did you mean "{said}"?' in done.err


RECIPES = reference.PAGE.parent.parent / "how-to" / "use-the-command-line.md"
SHELL_BLOCK = re.compile(r"^```shell\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", [reference.PAGE, RECIPES], ids=lambda page: page.name)
def test_recipes_are_commands_that_exist(page):
    """Every block of the pages is one that a shell takes, and every option in it exists."""
    text = page.read_text(encoding="utf-8")
    blocks = SHELL_BLOCK.findall(text)
    assert blocks
    checked = 0
    for block in blocks:
        done = subprocess.run(["/bin/bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert done.stderr == ""
        for command in re.findall(r"tencent-ci ([^|>)\n]*?)(?= \|| >|\)|\n)", block):
            checked += 1
            words = _words(shlex.split(command.rstrip("|& ").replace("$id", "j1"), comments=True))
            try:
                app.parse_args(words, print_error=False, exit_on_error=False)
            except CycloptsError as error:
                pytest.fail(f"{command}: {error}")
    assert checked >= len(blocks) / 2
