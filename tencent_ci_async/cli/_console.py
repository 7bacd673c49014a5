"""Where output goes: a page for people, a document for machines, a note on the side."""

from __future__ import annotations

import io
import json
import sys
from typing import Final, cast

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

from ._notes import note, without_controls

__all__ = ["PLAIN_WIDTH", "Harmless", "note", "show", "write_json"]

PLAIN_WIDTH: Final = 1000
"""Columns of a page that goes into a pipe or a file, where nothing has to be wrapped."""


def show(page: RenderableType) -> None:
    """Show a page on stdout: laid out for the width and the colours of a terminal, else as plain text."""
    stdout: object = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        # A name in Chinese, where only Latin letters can be shown, must not end the program.
        cast("io.TextIOWrapper", stdout).reconfigure(errors="backslashreplace")
    terminal = Console(markup=False, emoji=False, highlight=False)
    if terminal.is_terminal:
        terminal.print(Harmless(page))
        return
    # Rich asks the file for its encoding to know which lines it can draw.
    text = io.TextIOWrapper(io.BytesIO(), terminal.encoding, errors="backslashreplace", newline="")
    Console(
        file=text, width=PLAIN_WIDTH, color_system=None, markup=False, emoji=False, highlight=False
    ).print(Harmless(page))
    text.seek(0)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in text)
    sys.stdout.flush()


def write_json(document: object) -> None:
    """Write one document to stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    sys.stdout.flush()


class Harmless:
    """A page whose words cannot give orders to the terminal: a service's message might be anything."""

    def __init__(self, page: RenderableType) -> None:
        self._page = page

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._page, options):
            yield segment if segment.control else Segment(without_controls(segment.text), segment.style)
