"""Look into an sdist and a wheel: all that belongs there, nothing else, and what the metadata promises.

``python tests/packaging/check_dist.py SDIST WHEEL NAME...`` prints a line for each thing that is wrong, and
then fails. The names are those of what the tests need beside the package: an sdist has that too.
"""

import re
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from email import message_from_bytes
from email.message import Message
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = "tencent_ci_async"
ARTEFACTS = {"__pycache__", "_build", ".hypothesis", ".pytest_cache", ".DS_Store"}


def main(sdist: str, wheel: str, *names: str) -> int:
    """Print the complaints, and return whether there are any."""
    found = [*look_into_sdist(Path(sdist), *names), *look_into_wheel(Path(wheel))]
    sys.stdout.writelines(f"{complaint}\n" for complaint in found)
    return bool(found)


def look_into_sdist(path: Path, *beside: str) -> Iterator[str]:
    """Yield what is wrong with an sdist: it has the whole tree, so that its tests run as they do here."""
    with tarfile.open(path) as archive:
        names = {member.name.partition("/")[2] for member in archive if not member.isdir()}
    yield from _compare("the sdist", names, _files(PACKAGE, *beside) | {".gitignore", "PKG-INFO"})


def look_into_wheel(path: Path) -> Iterator[str]:
    """Yield what is wrong with a wheel: its files, its entry points and its metadata."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        info = next(name.partition("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
        entry_points = archive.read(f"{info}/entry_points.txt").decode()
    about = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    yield from _compare("the wheel", names, _files(PACKAGE) | {f"{info}/{name}" for name in about})
    if f"{PACKAGE}/py.typed" not in names:
        yield "the wheel does not say that it is typed"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield from _look_at_entry_points(entry_points, project, names)
    yield from _look_at_metadata(metadata, project)


def _files(*names: str) -> set[str]:
    found = set()
    for path in chain.from_iterable([ROOT / name, *(ROOT / name).rglob("*")] for name in names):
        inside = path.relative_to(ROOT)
        if path.is_file() and not ARTEFACTS & set(inside.parts):
            found.add(inside.as_posix())
    return found


def _compare(what: str, found: set[str], expected: set[str]) -> Iterator[str]:
    for verb, names in (("lacks", expected - found), ("should not have", found - expected)):
        if names:
            yield f"{what} {verb} {', '.join(sorted(names))}"


def _look_at_entry_points(text: str, project: dict[str, dict], names: set[str]) -> Iterator[str]:
    parsed = ConfigParser()
    parsed.read_string(text)
    found = {group: dict(parsed[group]) for group in parsed.sections()}
    expected = {"console_scripts": project["scripts"], **project["entry-points"]}
    if found != expected:
        yield f"the entry points are {found}, but pyproject.toml has {expected}"
    for target in chain.from_iterable(group.values() for group in found.values()):
        module = target.partition(":")[0].replace(".", "/")
        if not names & {f"{module}.py", f"{module}/__init__.py"}:
            yield f"an entry point leads to {target}, which the wheel lacks"


def _look_at_metadata(metadata: Message, project: dict) -> Iterator[str]:
    promised = {
        "Name": project["name"],
        "License-Expression": "MIT",
        "Requires-Python": project["requires-python"],
        "Description-Content-Type": "text/markdown",
    }
    for name, value in promised.items():
        if metadata[name] != value:
            yield f"{name} in the metadata is {metadata[name]}, not {value}"
    extras = set(metadata.get_all("Provides-Extra", []))
    yield from _compare("the list of extras", extras, set(project["optional-dependencies"]))
    headings = re.findall(
        r"^## (\S+) - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    if headings[:1] != [metadata["Version"]]:
        yield f"the version is {metadata['Version']}, the newest in CHANGELOG.md is {headings[:1]}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
