"""The reference has an entry for every public name, and pages name only tests that exist."""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import tencent_ci_async

ROOT = Path(__file__).parent.parent
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)
PACKAGE = Path(tencent_ci_async.__file__).parent
# These are programs, which nobody imports a name from.
PROGRAMS = {"cli"}


def public_modules():
    """The door, and each module below it that names what is public."""
    yield tencent_ci_async
    for path in sorted(PACKAGE.iterdir()):
        name = path.stem
        if (path.suffix == ".py" or path.is_dir()) and not name.startswith("_") and name not in PROGRAMS:
            module = import_module(f"tencent_ci_async.{name}")
            if hasattr(module, "__all__"):
                yield module


def entries():
    """The full names that the pages of the reference have an entry for."""
    found = set()
    for path in PAGES:
        module = ""
        text = path.read_text(encoding="utf-8")
        for kind, name, options in re.findall(
            r"^ *\.\. ([\w:]+):: *([\w.]+)[^\n]*\n((?: +:[^\n]*\n)*)", text, re.MULTILINE
        ):
            full = name if name.startswith("tencent_ci_async") else f"{module}.{name}"
            if kind == "currentmodule":
                module = name
            elif kind.startswith(("auto", "py:")):
                found.add(full)
            if kind == "automodule" and ":no-members:" not in options:
                found |= {f"{name}.{each}" for each in import_module(name).__all__}
    return found


ENTRIES = entries()
MODULES = list(public_modules())


def test_the_public_modules_are_found():
    names = {module.__name__.partition(".")[2] for module in MODULES}
    assert {"", "models", "errors", "callbacks", "testing"} <= names


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_in_the_reference(module):
    """What can be imported can be looked up."""
    missing = []
    for name in module.__all__:
        value = getattr(module, name)
        # What the door hands out may be described where it is at home.
        homes = {f"{other.__name__}.{name}" for other in MODULES if name in other.__all__}
        homes |= {value.__name__} if isinstance(value, ModuleType) else set()
        missing += [] if homes & ENTRIES else [name]
    assert missing == []


def test_the_reference_names_nothing_that_is_not_public():
    """No page describes what may change at any time."""
    private = {name for name in ENTRIES if any(part.startswith("_") for part in name.split(".")[:-1])}
    assert private == set()


NAMED = sorted(
    {each for path in PAGES for each in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", path.read_text("utf-8"))}
)


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_each_test_that_a_page_names_is_there(path, name):
    """A promise whose test was renamed would be a promise without one."""
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), f"{path} has no {name}"
