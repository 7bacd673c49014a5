"""The workflows that check and publish: they run sessions that exist, and trust as little as they can."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
GITHUB = ROOT / ".github"

pytestmark = pytest.mark.skipif(not GITHUB.exists(), reason="what is distributed has no workflows")

WORKFLOWS = sorted(GITHUB.glob("workflows/*.yml"))
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs(path):
    return load(path)["jobs"].items()


def steps(path):
    return [(name, step) for name, job in jobs(path) for step in job.get("steps", ())]


@pytest.mark.parametrize("path", sorted(GITHUB.rglob("*.yml")), ids=lambda path: path.stem)
def test_every_file_is_yaml_and_says_something(path):
    assert load(path)


def test_there_are_workflows_for_changes_for_the_week_and_for_releases():
    assert {path.stem for path in WORKFLOWS} == {"ci", "scheduled", "release"}


@each_workflow
def test_nothing_is_permitted_but_what_a_job_names(path):
    """The workflow permits nothing; each job says what it needs, and only releases write."""
    assert load(path)["permissions"] == {}
    for name, job in jobs(path):
        writes = {what for what, how in job["permissions"].items() if how == "write"}
        allowed = {
            ("release", "publish"): {"id-token", "attestations"},
            ("release", "announce"): {"contents"},
        }
        assert writes == allowed.get((path.stem, name), set())


@each_workflow
def test_actions_are_pinned_by_hash_and_say_their_version(path):
    """A tag can be moved to other code, a hash can not."""
    used = re.findall(r"uses: *(\S+)(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert used
    for action, comment in used:
        if not action.startswith("$/.github/"):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


def test_an_action_has_the_same_hash_everywhere():
    used = [step["uses"] for path in WORKFLOWS for _, step in steps(path) if "uses" in step]
    assert len(set(used)) == len({action.partition("@")[0] for action in used})


@each_workflow
def test_a_checkout_leaves_no_token_behind(path):
    for _, step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@each_workflow
def test_every_job_ends_some_time(path):
    for _, job in jobs(path):
        assert "uses" in job or job["timeout-minutes"] <= 120


@each_workflow
def test_scripts_take_values_from_the_environment_only(path):
    """What stands in a title or a branch name is never run."""
    assert [step["run"] for _, step in steps(path) if "${{" in step.get("run", "")] == []


def test_the_sessions_that_workflows_run_exist():
    """Renaming a session of noxfile.py does not leave a workflow behind."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list}
    run = set()
    for path in WORKFLOWS:
        for _, step in steps(path):
            for words in re.findall(r"nox -s ([^\n]+?)(?: -- .*)?$", step.get("run", ""), re.MULTILINE):
                run |= set(words.split())
    (long,) = (job for _, job in jobs(GITHUB / "workflows/scheduled.yml") if "strategy" in job)
    run |= set(long["strategy"]["matrix"]["session"])
    assert '"tests-$PYTHON"' in run
    assert run - {'"tests-$PYTHON"', '"$SESSION"'} <= sessions
    assert {"lint", "types", "api", "package", "docs", "tests_lowest", "workflows"} <= run


def test_every_python_that_the_package_is_for_is_tested():
    """The matrix and the metadata name the same versions."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    matrix = load(GITHUB / "workflows/ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert matrix["python"] == promised
    assert {each["system"] for each in matrix["include"]} == {"macos-latest", "windows-latest"}


def test_the_job_that_publishes_runs_no_code_of_the_repository():
    """What can sign and publish handles files that were built and checked elsewhere, after all checks."""
    release = load(GITHUB / "workflows/release.yml")["jobs"]
    publish = release["publish"]
    assert publish["environment"]
    assert not [step for step in publish["steps"] if "run" in step or "checkout" in step["uses"]]
    assert release["build"]["needs"] == ["checks"]
    assert publish["needs"] == ["build"]
    assert release["announce"]["needs"] == ["publish"]
