"""The part of docs/reference/command-line.md that follows from the commands.

``python tests/cli/reference.py`` writes it anew; tests/cli/test_help.py tells when that is due.
"""

import dataclasses
import inspect
import re
from pathlib import Path
from typing import get_type_hints

import cyclopts

from tencent_ci_async.cli import app
from tencent_ci_async.cli._help import COMMANDS
from tencent_ci_async.cli._options import ServiceOptions

PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "command-line.md"
BLOCK = re.compile(r"<!-- (?P<name>[a-z ]+) -->\n.*?<!-- end -->", re.DOTALL)


def function(name):
    """The function of a command."""
    found = app
    for word in name.split():
        found = found[word]
    return found.default_command


def parameters(hints):
    """The parameters among type hints: each with its names and what the help says."""
    for name, hint in hints.items():
        group = getattr(hint, "__origin__", None)
        if dataclasses.is_dataclass(group) and group is not ServiceOptions:
            yield from parameters(get_type_hints(group, include_extras=True))
        for each in getattr(hint, "__metadata__", ()):
            if isinstance(each, cyclopts.Parameter) and each.help:
                names = each.name if isinstance(each.name, list | tuple) else ()
                yield tuple(names) or (name.upper(),), each


def options(name):
    """Every argument and option of a command, but for those that commands share."""
    hints = get_type_hints(function(name), include_extras=True)
    known = inspect.signature(function(name)).parameters
    return list(parameters({each: hints[each] for each in known if each in hints}))


def shared():
    """The options that all commands share which ask the service."""
    return list(parameters(get_type_hints(ServiceOptions, include_extras=True)))


def marked(text):
    """Text with options and variables marked as code."""
    text = text.replace("|", "\\|").replace("<", "\\<")
    return re.sub(r"(?<![\w-])(--[a-z]+(?:-[a-z]+)*(?: PATH)?|\$?[A-Z]+(?:_[A-Z]+)+)", r"`\1`", text)


def table(rows):
    """Options as a table."""
    lines = ["| Argument or option | Meaning |", "| --- | --- |"]
    for names, parameter in rows:
        lines.append(f"| {', '.join(f'`{name}`' for name in names)} | {marked(parameter.help)} |")
    return "\n".join(lines)


def section(name):
    """What the page says of a command."""
    if name == "all commands":
        return table(shared())
    command = COMMANDS[name]
    parts = [marked(text) for text in (command.summary, *command.text)]
    if command.examples:
        shown = "\n\n".join(f"# {what}\n{line}" for what, line in command.examples)
        parts.append(f"```shell\n{shown}\n```")
    if rows := options(name):
        parts.append(table(rows))
    return "\n\n".join(parts)


def written(page):
    """The page as it should be."""
    return BLOCK.sub(lambda found: f"<!-- {found['name']} -->\n{section(found['name'])}\n<!-- end -->", page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
