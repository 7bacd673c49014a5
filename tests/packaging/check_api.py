"""Compare the public names with those of the last release, and refuse a change that its users did not expect.

``python tests/packaging/check_api.py [repository]`` prints what would break a program that was written for
the last version tag. It fails unless the version promises no more than that: before 1.0 a new minor version
may change what is public, afterwards only a new major one. docs/explanation/versioning.md has the policy.
"""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import griffe
from packaging.version import Version

PACKAGE = "tencent_ci_async"
ROOT = Path(__file__).parent.parent.parent
GIT = shutil.which("git") or ""


def main(repository: Path) -> str | None:
    """Print what has changed; return what is wrong with that, or None."""
    if not (repository / ".git").exists() or not GIT:
        _say("no git repository, so there is no release to compare with; nothing was compared")
        return None
    tag = last_release(repository)
    if tag is None:
        shallow = _git(repository, "rev-parse", "--is-shallow-repository") == "true"
        hint = " in this shallow clone" if shallow else ""
        _say(f"no version tag{hint}, so there is no release to compare with; nothing was compared")
        return None
    changes = breaking_changes(repository, tag)
    before, now = Version(tag), present_version(repository)
    if not changes:
        _say(f"nothing breaks a program that was written for {tag}")
        return None
    _say(f"{len(changes)} of the changes since {tag} may break a program:", *changes)
    if now >= next_that_may_break(before):
        _say(f"version {now} may do so; CHANGELOG.md says what to write instead")
        return None
    return f"api: version {now} may not do so, {next_that_may_break(before)} may"


def _say(*lines: str) -> None:
    sys.stdout.write("api: " + "\n  ".join(lines) + "\n")


def last_release(repository: Path) -> str | None:
    """Return the tag of the highest released version that the present commit descends from."""
    here = _git(repository, "tag", "--points-at", "HEAD").split()
    tags = _git(repository, "tag", "--merged", "HEAD", "--list", "v[0-9]*").split()
    released = [tag for tag in tags if re.fullmatch(r"v\d+(\.\d+)*", tag) and tag not in here]
    return max(released, key=Version, default=None)


def present_version(repository: Path) -> Version:
    """Return the version that the source states."""
    text = (repository / PACKAGE / "_version.py").read_text(encoding="utf-8")
    return Version(re.findall(r"^__version__.*= ?\"(.+)\"$", text, re.MULTILINE)[0])


def next_that_may_break(version: Version) -> Version:
    """Return the lowest version after this one that may change what is public."""
    return Version(f"{version.major + 1}.0" if version.major else f"0.{version.minor + 1}")


def breaking_changes(repository: Path, tag: str) -> list[str]:
    """Return a line for each change since the tag that may break a program."""
    settings = {"resolve_aliases": True, "resolve_external": False, "allow_inspection": False}
    old = griffe.load_git(PACKAGE, ref=tag, repo=repository, **settings)
    new = griffe.load(PACKAGE, search_paths=[repository], try_relative_path=False, **settings)
    found = [each for each in griffe.find_breaking_changes(old, new) if not _is_allowed(each)]
    lines = {f"{each.obj.path}{_parameter(each)}: {each.kind.value.lower()}" for each in found}
    return sorted(lines | set(_names_taken_back(old, new)))


def _is_allowed(change: griffe.Breakage) -> bool:
    if change.obj.name == "__version__":
        return True
    # The policy leaves the default numbers of retries, sizes and times to us.
    if change.kind is not griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT:
        return False
    return all(_is_number(side.default) for side in (change.old_value, change.new_value))


def _is_number(source: object) -> bool:
    try:
        return type(ast.literal_eval(str(source))) in {int, float}
    except (SyntaxError, ValueError):
        return False


def _parameter(change: griffe.Breakage) -> str:
    sides = (change.old_value, change.new_value)
    names = [side.name for side in sides if isinstance(side, griffe.Parameter)]
    return f"({names[0]})" if names else ""


def _names_taken_back(old: griffe.Module, new: griffe.Module) -> list[str]:
    """Return the names that a public module no longer exports, though it may still import them."""
    gone = [
        f"{old.path}.{name}" for name in set(map(str, old.exports or ())) - set(map(str, new.exports or ()))
    ]
    for name, module in old.modules.items():
        if not name.startswith("_") and name in new.modules:
            gone += [line.partition(":")[0] for line in _names_taken_back(module, new.modules[name])]
    return [f"{path}: no longer in __all__" for path in gone]


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        [GIT, "-C", str(repository), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"api: git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2]).resolve() if sys.argv[1:] else ROOT))
