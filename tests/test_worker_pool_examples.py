"""The files of docs/examples/worker_pool that need other task queues: that they fit the package as it is.

tests/integration runs pool.py, tasks.py and enqueue.py on a real Redis.
"""

import ast
from pathlib import Path

import pytest

import tencent_ci_async

FILES = sorted((Path(__file__).parent.parent / "docs" / "examples" / "worker_pool").glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_compiles_and_names_only_what_there_is(path):
    """What is imported of this package, and of the file that they all share, is there."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    compile(tree, path.name, "exec")
    shared = ast.parse((path.parent / "pool.py").read_text(encoding="utf-8"))
    defined = {node.name for node in shared.body if hasattr(node, "name")}
    defined |= {node.targets[0].id for node in shared.body if isinstance(node, ast.Assign)}
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in imported:
        names = {alias.name for alias in node.names}
        if node.module == "tencent_ci_async":
            assert names <= set(tencent_ci_async.__all__)
        if node.module == "pool":
            assert names <= defined
    assert {"pool", "tencent_ci_async"} & {node.module for node in imported}


def test_the_page_shows_every_file():
    """A file that is not shown would be missed by whoever copies the page."""
    page = (FILES[0].parents[2] / "how-to" / "run-worker-pools.md").read_text(encoding="utf-8")
    assert [path.name for path in FILES if f"worker_pool/{path.name}" not in page] == []
