"""The commands, and the one way in and out of them.

A command is a function of its own module that returns its exit code. Its data goes to stdout; notes for
people go to stderr. What takes long to import is imported by the command that needs it, when it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cyclopts import App, CycloptsError

from tencent_ci_async import CIError, __version__

from ._cancel import cancel
from ._completion import completion_for
from ._demo import demo
from ._describe import describe
from ._failures import Exit, UsageError, complain_about, exit_code
from ._help import COMMANDS, PROGRAM_HELP
from ._ids import STDIN
from ._list import list_jobs
from ._notes import complain
from ._options import ARGUMENTS, OPTIONS
from ._queues import queues
from ._simulate import simulate
from ._submit import concat
from ._watch import watch

__all__ = ["app", "run"]

app: Final = App(
    name="tencent-ci",
    help=PROGRAM_HELP.as_markup,
    version=f"tencent-ci-async {__version__}",
    help_format="rich",
    version_format="plaintext",
    group_arguments=ARGUMENTS,
    group_parameters=OPTIONS,
)
_submitting: Final = App(name="submit", help="Submit jobs.", version_flags=[])
app.command(describe, help=COMMANDS["describe"].as_markup)
app.command(watch, help=COMMANDS["watch"].as_markup)
app.command(list_jobs, name="list", help=COMMANDS["list"].as_markup)
app.command(_submitting)
_submitting.command(concat, help=COMMANDS["submit concat"].as_markup)
app.command(cancel, help=COMMANDS["cancel"].as_markup)
app.command(queues, help=COMMANDS["queues"].as_markup)
app.command(completion_for(app), name="completion", help=COMMANDS["completion"].as_markup)
app.command(simulate, help=COMMANDS["simulate"].as_markup)
app.command(demo, help=COMMANDS["demo"].as_markup)


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name and return its exit code.

    Args:
        arguments: The words after the name of the program; none of them asks for the help.

    Returns:
        What the command returns, or the code of the error that it met; see `Exit`.
    """
    try:
        command, bound, *_ = app.parse_args(_words(arguments), print_error=False, exit_on_error=False)
    except CycloptsError as error:
        what = str(error).replace(STDIN, "-")
        complain(what, "tencent-ci --help lists the commands, tencent-ci COMMAND --help their options.")
        return Exit.USAGE
    try:
        code: object = command(*bound.args, **bound.kwargs)
    except UsageError as error:
        complain(str(error), error.what_next)
        return Exit.USAGE
    except CIError as error:
        complain_about(error)
        return exit_code(error)
    # The help and the version return nothing.
    return code if isinstance(code, int) else Exit.OK


def _words(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with each lone hyphen in words: it would be taken for an option."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    return [STDIN if word == "-" else word for word in words[:end]] + words[end:]
