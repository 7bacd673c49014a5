"""The check of the public names: red on what breaks a user's program, green on all else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tencent_ci_async

CHECK = Path(__file__).parent / "check_api.py"
GIT = shutil.which("git")

pytestmark = pytest.mark.skipif(GIT is None, reason="releases are tags of git")

MODULES = {
    "__init__.py": """
from typing import TYPE_CHECKING

from . import errors
from ._version import __version__
from ._session import Session

if TYPE_CHECKING:
    from ._late import Transcode

__all__ = ["Session", "Transcode", "__version__", "errors"]

if not TYPE_CHECKING:

    def __getattr__(name):
        raise AttributeError(name)
""",
    "_version.py": '__version__ = "0.1.0"\n',
    "errors.py": '__all__ = ["Refused"]\n\n\nclass Refused(Exception):\n    reason: str = ""\n',
    "_late.py": "class Transcode:\n    width: int | None = None\n",
    "_session.py": """
class _Core:
    async def describe(self, job_id, *, attempts=3, strict=True):
        return _prepare(job_id)


class Session(_Core):
    pass


def _prepare(text):
    return text
""",
}


def git(repository, *arguments):
    name = [
        "-c",
        "user.name=Somebody",
        "-c",
        "user.email=somebody@mail.example",
        "-c",
        "commit.gpgsign=false",
    ]
    command = [GIT, "-C", str(repository), *name, "-c", "init.defaultBranch=main", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def commit(repository, modules, message="Change something"):
    for name, text in modules.items():
        (repository / "tencent_ci_async" / name).write_text(text, encoding="utf-8")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", message)


@pytest.fixture
def unreleased(tmp_path):
    """A repository of a package that was never released."""
    (tmp_path / "tencent_ci_async").mkdir()
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, MODULES)
    return tmp_path


@pytest.fixture
def repository(unreleased):
    """The same after the release of 0.1.0, and one commit later."""
    git(unreleased, "tag", "v0.1.0")
    commit(unreleased, {})
    return unreleased


def change(repository, module, old, new):
    text = (repository / "tencent_ci_async" / module).read_text(encoding="utf-8")
    assert old in text
    commit(repository, {module: text.replace(old, new)})


def check(repository):
    done = subprocess.run(
        [sys.executable, str(CHECK), str(repository)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, (done.stdout + done.stderr).splitlines()


BREAKING = {
    "a renamed parameter": (
        ("_session.py", "job_id", "job"),
        "tencent_ci_async._session._Core.describe(job_id): parameter was removed",
        "tencent_ci_async._session._Core.describe(job): parameter was added as required",
    ),
    "a parameter that is now required": (
        ("_session.py", "strict=True", "strict"),
        "tencent_ci_async._session._Core.describe(strict): parameter is now required",
    ),
    "a switch that is now off": (
        ("_session.py", "strict=True", "strict=False"),
        "tencent_ci_async._session._Core.describe(strict): parameter default was changed",
    ),
    "a renamed field of a name that is imported late": (
        ("_late.py", "width", "breadth"),
        "tencent_ci_async._late.Transcode.width: public object was removed",
    ),
    "a name that is imported late and is gone": (
        ("__init__.py", '"Transcode", ', ""),
        "tencent_ci_async.Transcode: no longer in __all__",
    ),
    "an error that is no longer exported": (
        ("errors.py", '["Refused"]', "[]"),
        "tencent_ci_async.errors.Refused: no longer in __all__",
    ),
}


@pytest.mark.parametrize(("edit", "named"), [(each[0], each[1:]) for each in BREAKING.values()], ids=BREAKING)
def test_a_breaking_change_is_refused_and_named(repository, edit, named):
    """Whoever renames what users rely on learns of it before the users do."""
    change(repository, *edit)
    status, lines = check(repository)
    assert status == 1
    assert lines[0] == f"api: {len(named)} of the changes since v0.1.0 may break a program:"
    assert [line.strip() for line in lines[1:-1]] == sorted(named)
    assert lines[-1:] == ["api: version 0.1.0 may not do so, 0.2 may"]


HARMLESS = {
    "nothing": ("_late.py", "width", "width"),
    "a new parameter with a default": ("_session.py", "strict=True", "strict=True, family=None"),
    "a new field": ("_late.py", "width: int", "height: int | None = None\n    width: int"),
    "a new name": ("errors.py", '["Refused"]', '["Refused"]\n\n\nclass Late(Exception):\n    pass\n'),
    "another default number": ("_session.py", "attempts=3", "attempts=5"),
    "another private name": ("_session.py", "_prepare", "_make_ready"),
    "another patch version": ("_version.py", "0.1.0", "0.1.1"),
}


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_an_addition_passes(repository, edit):
    """What the policy does not call a breaking change stops nobody."""
    change(repository, *edit)
    assert check(repository) == (0, ["api: nothing breaks a program that was written for v0.1.0"])


@pytest.mark.parametrize(
    ("released", "version", "status"),
    [
        ("0.1.0", "0.1.1", 1),
        ("0.1.0", "0.2.0", 0),
        ("0.9.3", "1.0.0", 0),
        ("1.4.0", "1.5.0", 1),
        ("1.4.0", "2.0.0", 0),
    ],
)
def test_the_version_says_whether_a_change_may_break(unreleased, released, version, status):
    """A minor version before 1.0, a major one afterwards: then the changes are listed and allowed."""
    change(unreleased, "_version.py", "0.1.0", released)
    git(unreleased, "tag", f"v{released}")
    change(unreleased, "_version.py", released, version)
    change(unreleased, "_session.py", "job_id", "job")
    found, lines = check(unreleased)
    assert found == status
    assert any("describe(job_id): parameter was removed" in line for line in lines)


def test_without_a_release_nothing_is_compared_and_one_line_says_so(unreleased):
    """A fresh clone is not red for what it cannot know."""
    status, lines = check(unreleased)
    assert (status, len(lines)) == (0, 1)
    assert "no version tag" in lines[0]
    assert "nothing was compared" in lines[0]


def test_a_release_is_compared_with_the_one_before_it(repository):
    """At the commit of its own tag, a release is not compared with itself."""
    change(repository, "_late.py", "width", "breadth")
    git(repository, "tag", "v0.1.1")
    status, lines = check(repository)
    assert status == 1
    assert "since v0.1.0" in lines[0]


def test_versions_are_ordered_as_versions_and_other_tags_ignored(repository):
    """0.10 comes after 0.9, and a candidate is no release."""
    for version in ("0.9.0", "0.10.0"):
        git(repository, "tag", f"v{version}")
    git(repository, "tag", "v0.11.0rc1")
    git(repository, "tag", "vacation")
    commit(repository, {})
    assert check(repository) == (0, ["api: nothing breaks a program that was written for v0.10.0"])


def test_what_is_distributed_has_no_history(tmp_path, unreleased):
    """An unpacked sdist is not compared, not even with the repository that it happens to lie in."""
    git(unreleased, "tag", "v0.1.0")
    commit(unreleased, {})
    for place in (tmp_path, unreleased):
        unpacked = place / "unpacked"
        unpacked.mkdir(exist_ok=True)
        status, lines = check(unpacked)
        assert (status, len(lines)) == (0, 1)
        assert "no git repository" in lines[0]


def test_late_models_of_this_package_are_looked_into(tmp_path):
    """The real door opens late for most names; a field renamed behind it is found all the same."""
    package = tmp_path / "tencent_ci_async"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(tencent_ci_async.__file__).parent, package, ignore=ignored)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, {})
    git(tmp_path, "tag", f"v{tencent_ci_async.__version__}")
    commit(tmp_path, {})
    change(tmp_path, "models/_concat.py", "    concat_fragment: ", "    fragments: ")
    status, lines = check(tmp_path)
    assert status == 1
    assert [line.strip() for line in lines[1:-1]] == [
        "tencent_ci_async.models._concat.ConcatTemplate.concat_fragment: public object was removed"
    ]
