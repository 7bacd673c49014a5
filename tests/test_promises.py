"""The page of promises names tests that exist, and figures that were seen."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/reference/promises.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def test_the_page_names_tests():
    assert len(NAMED) > 50


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_each_test_that_a_promise_names_is_there(path, name):
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), f"{path} has no {name}"


def test_each_promise_has_a_test():
    """Each paragraph that begins in bold names a test or a command, up to what is not promised."""
    promised = PAGE.partition("## Not promised")[0]
    for paragraph in re.split(r"\n\n(?=\*\*)", promised)[1:]:
        assert re.search(r"`tests/\S+::\w+`|`\.venv/bin/nox -s \w+`", paragraph), paragraph


def test_no_figure_is_missing():
    assert "FIGURE" not in PAGE
