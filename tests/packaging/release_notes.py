"""Print what the changelog says about a release, and refuse a tag that does not fit it.

``python tests/packaging/release_notes.py v1.2.3 [repository]`` fails unless 1.2.3 is the version that the
package states and the newest, dated section of CHANGELOG.md.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def main(tag: str, tree: str | None = None) -> int:
    """Write the notes to stdout, or what is wrong to stderr; return the exit status."""
    root = ROOT if tree is None else Path(tree)
    stated = re.search(
        r'^__version__ = "(.+)"$',
        (root / "tencent_ci_async" / "_version.py").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    # The text before the first section comes first, then by turns a heading and its text.
    _, *parts = re.split(r"^## (.+)$", changelog, flags=re.MULTILINE)
    heading, notes = (*parts, "", "")[:2]
    version = tag.removeprefix("v")
    complaints = []
    if not re.fullmatch(r"v\d+\.\d+\.\d+", tag):
        complaints.append(f"{tag!r} is no tag of a release, such as v1.2.3")
    if stated is None or stated[1] != version:
        complaints.append(f"the package states {stated and stated[1]}, the tag {version}")
    if not re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", heading):
        complaints.append(f"the newest section of CHANGELOG.md is {heading!r}, not '{version} - <date>'")
    if not notes.strip():
        complaints.append("that section says nothing")
    if complaints:
        sys.stderr.writelines(f"{complaint}\n" for complaint in complaints)
        return 1
    sys.stdout.write(notes.strip() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
