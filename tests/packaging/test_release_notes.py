"""The notes of a release: the section of the changelog, and only if tag, version and changelog agree."""

import subprocess
import sys
from pathlib import Path

import pytest

import tencent_ci_async

SCRIPT = Path(__file__).parent / "release_notes.py"
CHANGELOG = """# Changelog

What changed.

## 0.2.0 - 2027-01-31

### Added

- A call.

## 0.1.0 - 2026-11-24

The first release.
"""


@pytest.fixture
def release(tmp_path):
    """Asks for the notes of a tag, in a tree with this version and this changelog."""

    def ask(tag, version="0.2.0", changelog=CHANGELOG):
        (tmp_path / "tencent_ci_async").mkdir(exist_ok=True)
        source = f'"""The version."""\n\n__version__ = "{version}"\n'
        (tmp_path / "tencent_ci_async" / "_version.py").write_text(source, encoding="utf-8")
        (tmp_path / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
        command = [sys.executable, str(SCRIPT), tag, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return ask


def test_the_notes_are_the_newest_section_alone(release):
    done = release("v0.2.0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "### Added\n\n- A call.\n", "")


@pytest.mark.parametrize(
    ("tag", "settings", "complaint"),
    [
        ("v0.3.0", {}, "the package states 0.2.0, the tag 0.3.0"),
        ("v0.1.0", {"version": "0.1.0"}, "the newest section of CHANGELOG.md is '0.2.0 - 2027-01-31'"),
        ("0.2.0", {}, "'0.2.0' is no tag of a release"),
        ("v0.2.0rc1", {"version": "0.2.0rc1"}, "is no tag of a release"),
        ("v0.2.0", {"changelog": "# Changelog\n\n## 0.2.0 - unreleased\n\nText.\n"}, "'0.2.0 - unreleased'"),
        (
            "v0.2.0",
            {"changelog": "# Changelog\n\n## 0.2.0 - 2027-01-31\n\n## 0.1.0 - 2026-11-24\n"},
            "says nothing",
        ),
        ("v0.2.0", {"changelog": "# Changelog\n"}, "the newest section of CHANGELOG.md is ''"),
    ],
)
def test_what_does_not_agree_is_not_released(release, tag, settings, complaint):
    """A tag on the wrong commit publishes nothing."""
    done = release(tag, **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert complaint in done.stderr


def test_the_changelog_of_this_tree_begins_with_this_version_or_with_what_is_unreleased(release):
    """Between releases, what changes is gathered above the last one."""
    text = (SCRIPT.parent.parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    version = tencent_ci_async.__version__
    done = release(f"v{version}", version, text)
    if "\n## Unreleased\n" in text:
        assert "'Unreleased'" in done.stderr
    else:
        assert (done.returncode, done.stderr) == (0, "")
        assert "### Added" in done.stdout
