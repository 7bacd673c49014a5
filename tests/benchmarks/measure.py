"""Cases run in turn, again and again, and what their times come to."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """Something to measure: `run` does it as many times as it is told."""

    name: str
    run: Callable[[int], object]
    calls: int


@dataclass
class Row:
    """The times of one case, in microseconds per call, a value for each round."""

    name: str
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    is_difference: bool = False

    def minus(self, other: "Row", name: str) -> "Row":
        """What this costs beyond another, round by round."""
        cpu, wall = (
            [mine - theirs for mine, theirs in zip(*pair, strict=True)]
            for pair in ((self.cpu, other.cpu), (self.wall, other.wall))
        )
        return Row(name, cpu, wall, is_difference=True)


@dataclass(frozen=True)
class Table:
    """Rows that belong together; the ratios are to `baseline`."""

    title: str
    rows: Sequence[Row]
    baseline: Row
    call: str = "call"


def repeated(function: Callable[[], object]) -> Callable[[int], None]:
    """A `Case.run` that calls a function of no arguments."""

    def run(times: int) -> None:
        for _ in range(times):
            function()

    return run


def measure(cases: Sequence[Case], *, rounds: int) -> list[Row]:
    """Run every case once per round, and every second round backwards, so that drift meets all alike."""
    rows = [Row(case.name) for case in cases]
    pairs = list(zip(cases, rows, strict=True))
    for case in cases:
        case.run(max(1, case.calls // 10))
    for number in range(rounds):
        for case, row in pairs[:: -1 if number % 2 else 1]:
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            case.run(case.calls)
            row.cpu.append((time.process_time() - cpu) / case.calls * 1e6)
            row.wall.append((time.perf_counter() - wall) / case.calls * 1e6)
    return rows


def render(table: Table, *, markdown: bool) -> str:
    """Write a table down, as text or as MyST."""
    head = [f"One {table.call}", "CPU, median (min to max)", "Wall, median (min to max)", "CPU ratio"]
    lines = [head, *(_cells(row, table.baseline) for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if not markdown:
        body = ["  ".join(_padded(line, widths)).rstrip() for line in lines]
        return "\n".join([table.title, "-" * len(table.title), *body, f"Ratio to: {table.baseline.name}", ""])
    body = [f"| {' | '.join(_padded(line, widths))} |" for line in lines]
    rule = "|".join([":" + "-" * (widths[0] + 1), *("-" * (width + 1) + ":" for width in widths[1:])])
    return "\n".join([f"### {table.title}", "", body[0], f"|{rule}|", *body[1:], ""])


def _cells(row: Row, baseline: Row) -> list[str]:
    name = f"difference: {row.name}" if row.is_difference else row.name
    ratio = statistics.median(mine / theirs for mine, theirs in zip(row.cpu, baseline.cpu, strict=True))
    return [name, _spread(row.cpu), _spread(row.wall), f"{ratio:.2f}"]


def _spread(values: Sequence[float]) -> str:
    middle, low, high = (_time(each) for each in (statistics.median(values), min(values), max(values)))
    return f"{middle} µs ({low} to {high})"


def _time(microseconds: float) -> str:
    return f"{microseconds:,.0f}" if abs(microseconds) >= 100 else f"{microseconds:,.1f}"


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = zip(cells, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
