"""Measures what the package costs, beside httpx, xmltodict and the vendor's client: ``nox -s bench``.

Nothing here passes or fails. Times are CPU times of this process and wall times; both are medians over rounds
in which all cases of a table take turns, with the smallest and the largest round beside them.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from bodies import make_bodies
from calls import burst_table, sequential_tables
from fanout import fanout_tables
from measure import Table, render
from memory import memory_lines
from parsing import parsing_table
from polling import polling_tables
from signing import signing_table
from startup import import_table, session_table
from waiters import waiters_grids
from waiting import render_grid, waiting_grids

_LIBRARIES = (
    "tencent-ci-async",
    "httpx",
    "httpcore",
    "pydantic",
    "xmltodict",
    "sniffio",
    "cos-python-sdk-v5",
)


def tables(*, rounds: int) -> Iterator[Table]:
    """Measure everything, one table after the other."""
    bodies = make_bodies()
    yield signing_table(rounds=rounds)
    for body in bodies:
        yield parsing_table(body, rounds=rounds)
    one, ten, *_ = bodies
    yield from sequential_tables(one, ten, rounds=rounds)
    yield burst_table(one, calls=1_000, rounds=3)
    yield from fanout_tables(one, rounds=5)
    yield from polling_tables(one, rounds=3)
    yield import_table(rounds=rounds)
    yield session_table(rounds=rounds)


def writers(*, rounds: int) -> Iterator[Callable[..., str]]:
    """Measure, and yield what writes each table down, as text or as MyST."""
    for table in tables(rounds=rounds):
        yield partial(render, table)
    yield partial(_peaks, list(memory_lines(make_bodies()[0])))
    for grid in chain(waiters_grids(), waiting_grids()):
        yield partial(render_grid, grid)


def _peaks(lines: Iterable[tuple[str, float]], *, markdown: bool) -> str:
    title = "Peak memory of a process that describes 2,000 running jobs, 20 ms latency"
    head = [f"### {title}", ""] if markdown else [title, "-" * len(title)]
    return "\n".join([*head, *(f"- {name}: {peak:.0f} MB" for name, peak in lines), ""])


def environment() -> str:
    """The machine and the versions, in one line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{platform.python_implementation()} {platform.python_version()}, {machine}; {libraries}"


def main() -> None:
    """Measure, and write the tables down as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often every case is measured")
    parser.add_argument(
        "--markdown",
        nargs="?",
        const="-",
        metavar="FILE",
        help="write MyST tables, to a file or (without one) to the standard output",
    )
    arguments = parser.parse_args()
    # A proxy for the outside world cannot reach this machine's loopback.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    into_file = arguments.markdown not in {None, "-"}
    written = [environment() + "\n"]
    sys.stdout.write(written[0] + "\n")
    for write in writers(rounds=arguments.rounds):
        if into_file:
            written.append(write(markdown=True))
        sys.stdout.write(write(markdown=arguments.markdown == "-") + "\n")
        sys.stdout.flush()
    if into_file:
        Path(arguments.markdown).write_text("\n".join(written), encoding="utf-8")


if __name__ == "__main__":
    main()
