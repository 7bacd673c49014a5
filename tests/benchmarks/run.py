"""Measures what the package costs, beside what one would use instead of it: ``nox -s bench``.

The first table tells most; the others look closer. ``--quick`` measures the first two only, in about two
minutes; everything takes about a quarter of an hour. Nothing here passes or fails. CPU times are those of the
client's process; all figures are medians over rounds in which all cases of a table take turns, with the
smallest and the largest round beside them.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import plots
from bodies import Body, make_bodies
from calls import burst_table, sequential_tables
from contest import contest_grid, hold
from fanout import fanout_tables
from growth import grow, growth_grid
from measure import Table, render
from parsing import parsing_table
from signing import signing_table
from startup import first_call_table, import_table, session_table
from waiters import waiters_grids
from waiting import render_grid, strategies, waiting_grids

_LIBRARIES = (
    "tencent-ci-async",
    "httpx",
    "httpcore",
    "pydantic",
    "xmltodict",
    "sniffio",
    "aiohttp",
    "httpx-aiohttp",
    "cos-python-sdk-v5",
)

Write = Callable[..., str]
"""What writes a table down, as text or as MyST."""


def first_tables(one: Body, *, quick: bool, pictures: Path | None) -> Iterator[Write]:
    """Measure all clients at all work, and how that grows."""
    entries = hold(one, rounds=1 if quick else 3, share=0.5 if quick else 1.0)
    yield partial(render_grid, contest_grid(entries))
    points = grow(one, (100, 1_000, 10_000) if quick else (100, 1_000, 10_000, 100_000))
    yield partial(render_grid, growth_grid(points))
    if pictures is not None:
        plots.draw_many(entries, pictures)
        plots.draw_cpu(entries, pictures)
        plots.draw_growth(points, pictures)


def closer_tables(bodies: list[Body], *, rounds: int) -> Iterator[Table]:
    """Measure the parts, one table after the other."""
    one, ten, *_ = bodies
    yield from fanout_tables(one, rounds=3)
    yield burst_table(one, calls=1_000, rounds=3)
    yield from sequential_tables(one, ten, rounds=rounds)
    for body in bodies:
        yield parsing_table(body, rounds=rounds)
    yield signing_table(rounds=rounds)
    yield import_table(rounds=rounds)
    yield session_table(rounds=rounds)
    yield first_call_table(one, rounds=rounds)


def tables(*, quick: bool, rounds: int, pictures: Path | None) -> Iterator[Write]:
    """Measure everything."""
    bodies = make_bodies()
    yield from first_tables(bodies[0], quick=quick, pictures=pictures)
    if quick:
        return
    for table in closer_tables(bodies, rounds=rounds):
        yield partial(render, table)
    for grid in waiters_grids():
        yield partial(render_grid, grid)
    waited = list(strategies())
    for grid in waiting_grids(waited):
        yield partial(render_grid, grid)
    if pictures is not None:
        plots.draw_waiting(waited, pictures)


def environment() -> str:
    """The machine and the versions, in one line."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    load = f"load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return f"{platform.python_implementation()} {platform.python_version()}, {machine}, {load}; {libraries}"


def main() -> None:
    """Measure, and write the tables down as they come."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="measure the first two tables only, once")
    parser.add_argument("--rounds", type=int, default=5, help="how often the parts are measured")
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw the pictures of the documentation")
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
    for write in tables(quick=arguments.quick, rounds=arguments.rounds, pictures=arguments.plots):
        if into_file:
            written.append(write(markdown=True))
        sys.stdout.write(write(markdown=arguments.markdown == "-") + "\n")
        sys.stdout.flush()
    if into_file:
        Path(arguments.markdown).write_text("\n".join(written), encoding="utf-8")


if __name__ == "__main__":
    main()
