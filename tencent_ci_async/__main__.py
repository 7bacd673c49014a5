"""The command line: ``python -m tencent_ci_async``, or ``tencent-ci``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

__all__ = ["main"]

# What the extra brings. The package itself must work, and be importable, without any of it.
_EXTRA: Final = frozenset({"cyclopts", "rich", "uvicorn"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of one command.

    Args:
        arguments: The words after the name of the program; None for those that the process was given.

    Returns:
        0 when all went well, 1 when something went wrong, 2 when the command was not understood or cannot
        run without the ``cli`` extra, 130 after an interrupt.
    """
    try:
        from .cli import run  # noqa: PLC0415 - it needs an extra

        return run(sys.argv[1:] if arguments is None else arguments)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        print(  # noqa: T201 - rich may be what is missing
            f"tencent-ci needs {error.name}: install it with pip install 'tencent-ci-async[cli]'",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has left; the flush at exit must not complain about that once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
