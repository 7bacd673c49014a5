"""Every check of the project: ``nox`` runs them, ``nox --list`` names them, ``nox -R`` reuses environments.

Whatever is tested is the wheel that a user would install, never the source tree.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from itertools import chain
from pathlib import Path

import nox
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]

# What the tests need beside the wheel. The package stays behind, so that nothing imports it by chance.
TEST_TREE = ("tests", "docs", "README.md", "CHANGELOG.md", "LICENSE", "noxfile.py", "pyproject.toml")
ARTEFACTS = shutil.ignore_patterns("__pycache__", "_build")

# The floor of pydantic needs a compiled core, which was never built for a newer Python.
NEWEST_PYTHON_OF_THE_FLOORS = (3, 12)

INSTALLED_PACKAGE_IS_TESTED = """
import pathlib, sysconfig, tencent_ci_async
path = pathlib.Path(tencent_ci_async.__file__)
if not path.is_relative_to(sysconfig.get_path("purelib")):
    raise SystemExit(f"the tests would not import the installed package but {path}")
"""


def _runs(version: str) -> bool:
    """Return whether a Python of this version works: a shim may stand for one that is absent."""
    probe = f"import asyncio, ssl, sys; sys.exit('{version}' != '%d.%d' % sys.version_info[:2])"
    found = (shutil.which(f"python{version}", path=folder) for folder in os.get_exec_path())
    return any(
        subprocess.run([path, "-c", probe], capture_output=True, check=False).returncode == 0
        for path in found
        if path
    )


def _interpreters() -> list[str]:
    running = "{}.{}".format(*sys.version_info)
    versions = nox.project.python_versions(PYPROJECT)
    return [each for each in versions if each == running or _runs(each)] or [running]


INTERPRETERS = _interpreters()


def _group(name: str) -> list[str]:
    return nox.project.dependency_groups(PYPROJECT, name)


def _fresh_folder(session: nox.Session, name: str) -> Path:
    folder = Path(session.create_tmp()).resolve() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _install_wheel(session: nox.Session, *requirements: str) -> None:
    """Build the wheel and install it with all its extras and the requirements."""
    folder = _fresh_folder(session, "wheel")
    session.run("python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), ".")
    (wheel,) = map(str, folder.iterdir())
    session.install(f"{wheel}[{','.join(EXTRAS)}]", *requirements)
    # An environment that is reused has everything but today's package.
    session.run("python", "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel)


def _run_tests(session: nox.Session, *arguments: str) -> None:
    tree = _fresh_folder(session, "tree")
    # An unpacked sdist has no .ci.
    for source in filter(Path.exists, (ROOT / name for name in (*TEST_TREE, ".ci"))):
        if source.is_dir():
            shutil.copytree(source, tree / source.name, ignore=ARTEFACTS)
        else:
            shutil.copy(source, tree)
    session.chdir(tree)
    session.run("python", "-c", INSTALLED_PACKAGE_IS_TESTED)
    session.run("python", "-m", "pytest", *(session.posargs or arguments or ["--numprocesses=2", "--cov"]))


@nox.session
def lint(session: nox.Session) -> None:
    """Read the code for faults and form (ruff)."""
    session.install(*_group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types (mypy and pyright, both strict) and that every public name has one."""
    _install_wheel(session, *_group("types"))
    session.run("mypy")
    # The machine's own Node may be absent or too old; pyright's comes with it.
    session.env["PYRIGHT_PYTHON_GLOBAL_NODE"] = "0"
    session.env["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"
    session.run("pyright")
    # Away from the source, since it is the installed package that must say that it is typed.
    session.chdir(_fresh_folder(session, "elsewhere"))
    verify = ("pyright", "--verifytypes", "tencent_ci_async", "--ignoreexternal")
    session.run(*verify)
    report = session.run(*verify, "--outputjson", silent=True, log=False)
    completeness = json.loads(report[report.index("{") :])["typeCompleteness"]
    if "pyTypedPath" not in completeness or completeness["completenessScore"] != 1:
        session.error(f"not every public name has a type: {completeness['completenessScore']:.2%}")


@nox.session(python=INTERPRETERS)
def tests(session: nox.Session) -> None:
    """Run the tests, the examples and the README against the installed wheel, and measure branch coverage."""
    _install_wheel(session, *_group("tests"))
    _run_tests(session)


@nox.session(python=INTERPRETERS[0], default=False)
def campaign(session: nox.Session) -> None:
    """Run in full length what the tests show in short: twenty seeds of faults, a million ids."""
    _install_wheel(session, *_group("tests"))
    _run_tests(session, "tests/campaign", "--campaign", "--numprocesses=2", "--durations=5")


@nox.session(python=INTERPRETERS[0])
def tests_lowest(session: nox.Session) -> None:
    """Run the same on the lowest versions that the package claims to work with."""
    if tuple(map(int, INTERPRETERS[0].split("."))) > NEWEST_PYTHON_OF_THE_FLOORS:
        session.skip("the lowest versions need Python {}.{} or older".format(*NEWEST_PYTHON_OF_THE_FLOORS))
    _install_wheel(session, *_group("tests"), *_floors())
    _run_tests(session)


def _floors() -> list[str]:
    requirements = map(Requirement, chain(PROJECT["dependencies"], *EXTRAS.values()))
    floors = set()
    for requirement in requirements:
        (floor,) = (each.version for each in requirement.specifier if each.operator == ">=")
        requirement.specifier = SpecifierSet(f"=={floor}")
        floors.add(str(requirement))
    return sorted(floors)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error, and so is a link to nowhere inside it."""
    _install_wheel(session, *_group("docs"))
    session.run(
        "sphinx-build", "-W", "--keep-going", "-n", "--fresh-env", "--write-all", "docs", "docs/_build"
    )


@nox.session
def package(session: nox.Session) -> None:
    """Build what is published, look into it, and use it from an environment that has nothing else."""
    session.install(*_group("package"))
    folder = _fresh_folder(session, "dist")
    # By default the wheel is built from the sdist, which proves that the sdist is complete.
    session.run("python", "-m", "build", "--outdir", str(folder))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    session.run("twine", "check", "--strict", str(sdist), str(wheel))
    session.run("check-wheel-contents", str(wheel))
    _check_sdist(session, sdist)
    _check_wheel(session, wheel)
    _check_alone(session, wheel)


def _check_sdist(session: nox.Session, sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        found = {name.split("/")[1] for name in archive.getnames()}
    expected = {"tencent_ci_async", *TEST_TREE, ".gitignore", "PKG-INFO"}
    if found != expected:
        session.error(f"the sdist lacks, or should not have: {', '.join(sorted(found ^ expected))}")


def _check_wheel(session: nox.Session, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata_name = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(metadata_name))
    dist_info = metadata_name.removesuffix("/METADATA")
    for name in ("tencent_ci_async/py.typed", f"{dist_info}/licenses/LICENSE"):
        if name not in names:
            session.error(f"the wheel lacks {name}")
    strangers = [name for name in names if not name.startswith(("tencent_ci_async/", f"{dist_info}/"))]
    if strangers:
        session.error(f"the wheel should not have {', '.join(strangers)}")
    if metadata["License-Expression"] != "MIT":
        session.error(f"the licence in the metadata is {metadata['License-Expression']}, not MIT")
    headings = re.findall(
        r"^## (\S+) - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    if headings[:1] != [metadata["Version"]]:
        session.error(f"the version is {metadata['Version']}, the newest in CHANGELOG.md is {headings[:1]}")


def _check_alone(session: nox.Session, wheel: Path) -> None:
    environment = _fresh_folder(session, "alone")
    session.run("python", "-m", "venv", str(environment))
    python = str(environment / ("Scripts" if os.name == "nt" else "bin") / "python")
    session.run(python, "-m", "pip", "install", "--quiet", str(wheel), external=True)
    session.chdir(environment)
    session.run(python, str(ROOT / "tests/packaging/describe_one_job.py"), external=True)
    said = session.run(
        python, "-m", "tencent_ci_async", "demo", external=True, silent=True, success_codes=range(1, 126)
    )
    if len(said.splitlines()) != 1 or "tencent-ci-async[cli]" not in said:
        session.error(f"without the cli extra, the command should name it in one line, but said: {said}")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure, by tests/benchmarks/run.py; arguments after ``--`` go to it."""
    _install_wheel(session, *_group("bench"))
    session.run("python", "tests/benchmarks/run.py", *session.posargs)
