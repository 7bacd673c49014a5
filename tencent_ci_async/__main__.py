"""The command line: ``python -m tencent_ci_async``, or ``tencent-ci``."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

__all__ = ["main"]

# What the extra brings. The package itself must work, and be importable, without any of it.
_EXTRA: Final = frozenset({"cyclopts", "rich", "uvicorn"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code of one command.

    Args:
        arguments: The words after the name of the program; None for those that the process was given.

    Returns:
        0 when all went well, 1 when a job did not, 2 when the command cannot be run as it stands or without
        the ``cli`` extra, 3 when the service, the network or this machine stood in the way, 70 after a fault
        of the program, 124 when the time was up, 130 after Ctrl-C, 141 when nobody reads the output.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    _open_missing_streams()
    try:
        from .cli import run  # noqa: PLC0415 - it needs an extra

        code = run(words)
        sys.stdout.flush()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        return _say(f"tencent-ci needs {error.name}: install it with pip install 'tencent-ci-async[cli]'", 2)
    except KeyboardInterrupt:
        return _say("tencent-ci: interrupted", 130)
    except BrokenPipeError:
        _drop_output()
        return 141
    except OSError as error:
        _drop_output()
        return _say(f"tencent-ci: {error.strerror or error}", 3)
    except Exception as error:
        if "--debug" in words:
            raise
        return _say(
            f"tencent-ci: a fault of this program: {type(error).__name__}: {error}\n"
            "  Run it again with --debug, and report what it shows.",
            70,
        )
    return int(code)


def _open_missing_streams() -> None:
    """Give a process that was started without them its three streams, before a socket takes their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for good


def _say(text: str, code: int) -> int:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    return code


def _drop_output() -> None:
    """Let what is still to be written go nowhere: the flush at exit must not complain once more."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
