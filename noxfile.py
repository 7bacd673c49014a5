"""Every check of the project: ``nox`` runs them, ``nox --list`` names them, ``nox -R`` reuses environments.

Whatever is tested is the wheel that a user would install, never the source tree.
"""

import json
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
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
# What only a checkout has: an unpacked sdist has neither, and the tests of them are skipped there.
CHECKOUT_ONLY = (".ci", ".github")
ARTEFACTS = ("__pycache__", "_build")

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
    for source in filter(Path.exists, (ROOT / name for name in (*TEST_TREE, *CHECKOUT_ONLY))):
        if source.is_dir():
            shutil.copytree(source, tree / source.name, ignore=shutil.ignore_patterns(*ARTEFACTS))
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


@nox.session
def api(session: nox.Session) -> None:
    """Compare the public names with those of the last version tag (griffe): what would break a program?"""
    session.install(*_group("api"))
    session.run("python", "tests/packaging/check_api.py")


@nox.session
def workflows(session: nox.Session) -> None:
    """Look for weak spots in the workflows of .github (zizmor, without a network)."""
    if not (ROOT / ".github").exists():
        session.skip("what is distributed has no workflows")
    session.install(*_group("workflows"))
    session.run("zizmor", "--offline", "--no-progress", "--strict-collection", "--persona=auditor", ".github")


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


@nox.session(python=INTERPRETERS[0], default=False)
def integration(session: nox.Session) -> None:
    """Run the long way round, where it is there: real workers on a real Redis, a real browser."""
    _install_wheel(session, *_group("tests"), *_group("integration"))
    _run_tests(session, "tests/integration", "--integration", "--durations=5")


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


@nox.session(default=False)
def links(session: nox.Session) -> None:
    """Follow the links that lead out of the documentation; this needs the network."""
    _install_wheel(session, *_group("docs"))
    session.run("sphinx-build", "-b", "linkcheck", "docs", str(_fresh_folder(session, "links")))


@nox.session
def package(session: nox.Session) -> None:
    """Build what is published, look into it, and use it alone; ``-- FOLDER`` keeps it there."""
    session.install(*_group("package"))
    folder = _fresh_folder(session, "dist")
    # By default the wheel is built from the sdist, which proves that the sdist is complete.
    session.run("python", "-m", "build", "--outdir", str(folder))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    session.run("twine", "check", "--strict", str(sdist), str(wheel))
    session.run("check-wheel-contents", str(wheel))
    session.run("python", "tests/packaging/check_dist.py", str(sdist), str(wheel), *TEST_TREE)
    _check_reproducible(session, sdist, wheel)
    _check_alone(session, wheel)
    if session.posargs:
        shutil.copytree(folder, ROOT / session.posargs[0], dirs_exist_ok=True)


def _check_reproducible(session: nox.Session, *built: Path) -> None:
    """Build again, elsewhere and from the unpacked sdist, and compare the bytes."""
    folder = _fresh_folder(session, "again")
    with tarfile.open(built[0]) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    session.run("python", "-m", "build", "--outdir", str(folder), str(source), silent=True)
    for path in built:
        if path.read_bytes() != (folder / path.name).read_bytes():
            session.error(f"{path.name} does not have the same bytes when it is built again")


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
def sbom(session: nox.Session) -> None:
    """Write what an installation consists of (CycloneDX) into ``dist``, or the file after ``--``."""
    session.install(*_group("sbom"))
    environment = _fresh_folder(session, "installed")
    session.run("python", "-m", "venv", "--without-pip", str(environment))
    session.run("python", "-m", "pip", "--python", str(environment), "install", "--quiet", ".")
    path = ROOT / (session.posargs or ["dist/sbom.cdx.json"])[0]
    path.parent.mkdir(exist_ok=True)
    session.run(
        *("cyclonedx-py", "environment", str(environment), "--pyproject", "pyproject.toml"),
        *("--mc-type", "library", "--output-reproducible", "--output-file", str(path)),
    )
    document = json.loads(path.read_text("utf-8"))
    # It is dynamic in pyproject.toml, so the tool does not find it.
    document["metadata"]["component"]["version"] = runpy.run_path("tencent_ci_async/_version.py")[
        "__version__"
    ]
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")


@nox.session(python=INTERPRETERS[0], default=False)
def fuzz(session: nox.Session) -> None:
    """Look for bytes that break a promise, a minute each; arguments after ``--`` go to the fuzzer."""
    _install_wheel(session, *_group("fuzz"))
    session.run("python", "tests/fuzz/run.py", *session.posargs)


@nox.session(python=INTERPRETERS[0], default=False)
def soak(session: nox.Session) -> None:
    """Let traffic flow under faults for ten minutes, or as ``-- --minutes N`` says; nothing may grow."""
    _install_wheel(session, *_group("bench"))
    session.run("python", "tests/benchmarks/soak.py", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure, by tests/benchmarks/run.py; arguments after ``--`` go to it."""
    _install_wheel(session, *_group("bench"))
    session.run("python", "tests/benchmarks/run.py", *session.posargs)
