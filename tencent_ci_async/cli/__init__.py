"""The commands, and the one way in and out of them.

A command is a function of its own module that returns its exit code. Its data goes to stdout; notes for
people go to stderr where stdout is for machines.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from cyclopts import App, CycloptsError

from tencent_ci_async import CIError, __version__

from ._console import note
from ._demo import demo

__all__ = ["app", "run"]

app: Final = App(
    name="tencent-ci",
    help="Ask Tencent Cloud CI (Cloud Infinite) about media jobs.",
    version=f"tencent-ci-async {__version__}",
    help_format="markdown",
    version_format="plaintext",
)
app.command(demo)


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name and return its exit code.

    Args:
        arguments: The words after the name of the program; none of them asks for the help.

    Returns:
        What the command returns; 1 when it met an error, 2 when there is no such command or option.
    """
    try:
        command, bound, _ = app.parse_args(list(arguments), print_error=False, exit_on_error=False)
    except CycloptsError as error:
        note(f"tencent-ci: {error}")
        note("tencent-ci --help lists the commands, tencent-ci COMMAND --help their options.")
        return 2
    try:
        code: object = command(*bound.args, **bound.kwargs)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (CIError, OSError) as error:
        note(f"tencent-ci: {type(error).__name__}: {error}")
        return 1
    # The help and the version return nothing.
    return code if isinstance(code, int) else 0
