"""``completion``: what a shell needs to complete the commands and their options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from cyclopts import App, Parameter

from ._failures import Exit, UsageError
from ._formats import write_text
from ._options import ARGUMENTS

__all__ = ["completion_for"]


def completion_for(app: App) -> Callable[[Literal["bash", "zsh", "fish"]], int]:
    """Return the command that writes the completion of an app.

    Args:
        app: The app.
    """

    def completion(
        shell: Annotated[
            Literal["bash", "zsh", "fish"],
            Parameter(help="The shell: bash, zsh or fish.", group=ARGUMENTS, show_choices=False),
        ],
        /,
    ) -> int:
        """Write a script that completes commands and options in a shell."""
        generate: object = getattr(app, "generate_completion", None)
        if not callable(generate):
            raise UsageError(
                "completion needs a newer cyclopts than the one installed",
                "Install it: pip install --upgrade cyclopts",
            )
        write_text([str(generate(prog_name="tencent-ci", shell=shell)).rstrip()])
        return Exit.OK

    return completion
