"""Draws the pictures of the documentation: no library is needed for six bars and a dozen points."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from waiting import INFORMED, LONE, PLAIN, USUAL, Waited, fewest_per_job, strategies

# Jobs per second at 0 and at 20 ms latency, each client with the width that suits it best: from the medians
# of the wall times in the tables.
BARS = {
    "vendor's client, threads, an id each": (989, 1_040),
    "vendor's client, threads, ten ids joined by hand": (3_534, 3_135),
    "session.describe_all": (5_051, 4_237),
}
_SVG = "http://www.w3.org/2000/svg"
_SCALE = 380 / 5_000
_COLOURS = ("#0a6ebd", "#8bbde0")

# Colour, whether the points are joined, and where a label stands beside its point.
_LOOKS = {
    LONE: ("#7a7a7a", True, (8, -6, "start")),
    USUAL: ("#c2410c", False, (8, -6, "start")),
    PLAIN: ("#0a6ebd", True, (9, -5, "start")),
    INFORMED: ("#15803d", True, (-9, 14, "end")),
}
_LABELS = {
    "1 s, 1.5 s and so on to 20 s": "back-off to 20 s",
    "the same, each drawn from 0 on": "back-off to 20 s, full jitter",
    "every 15 s, 10 waiters for each job": "every 15 s, ten waiters a job",
}
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 740, 40, 400
_DELAYS, _REQUESTS = (0.4, 40.0), (0.15, 200.0)


def draw() -> str:
    """The jobs per second of several clients, as SVG."""
    lines = [
        *_canvas(210),
        _text(10, 20, "2,000 running jobs: jobs per second, one core"),
    ]
    for group, (name, values) in enumerate(BARS.items()):
        top = 36 + group * 52
        lines.append(_text(10, top + 26, name))
        for row, value in enumerate(values):
            lines.append(_bar(320, top + row * 20, value * _SCALE, _COLOURS[row]))
            lines.append(_text(324 + value * _SCALE, top + row * 20 + 13, f"{value:,}"))
    for row, latency in enumerate(("0 ms latency", "20 ms latency")):
        lines.append(_bar(320 + row * 120, 188, 12, _COLOURS[row]))
        lines.append(_text(337 + row * 120, 201, latency))
    return "\n".join([*lines, "</svg>", ""])


def draw_waiting(found: Sequence[Waited]) -> str:
    """Requests and delay of several ways to wait, as SVG; both axes are logarithmic."""
    lines = [
        *_canvas(520),
        _text(10, 20, "Waiting for 10,000 jobs, 20 a second: what it costs, and how late an end is seen"),
        *_axes(),
        *_perfect(1, "a perfect sweep, one id per request", at=0.52, down=19),
        *_perfect(10, "a perfect sweep, ten ids per request", at=6.3, down=-6),
    ]
    for number, (group, (colour, joined, label)) in enumerate(_LOOKS.items()):
        points = [(_x(each.mean), _y(each.per_job), each) for each in found if each.group == group]
        if joined:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
            lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y, each in points:
            lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
            words, (right, down, anchor) = _LABELS.get(each.name, each.name), label
            lines.append(_text(x + right, y + down, words, colour=colour, anchor=anchor))
        x, y = _LEFT + number % 2 * 330, 468 + number // 2 * 24
        lines.append(f'<circle cx="{x}" cy="{y - 4}" r="5" fill="{colour}"/>')
        lines.append(_text(x + 12, y, group))
    return "\n".join([*lines, "</svg>", ""])


def _axes() -> Iterator[str]:
    for seconds in (0.5, 1, 2, 5, 10, 20):
        yield _line(_x(seconds), _TOP, _x(seconds), _BOTTOM, "#e5e5e5")
        yield _text(_x(seconds), _BOTTOM + 18, f"{seconds:g} s", anchor="middle")
    for requests in (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100):
        yield _line(_LEFT, _y(requests), _RIGHT, _y(requests), "#e5e5e5")
        yield _text(_LEFT - 8, _y(requests) + 4, f"{requests:g}", anchor="end")
    yield _text((_LEFT + _RIGHT) / 2, _BOTTOM + 38, "mean delay", anchor="middle")
    where = f"translate(24 {(_TOP + _BOTTOM) / 2:.0f}) rotate(-90)"
    yield f'<text transform="{where}" text-anchor="middle">requests per job</text>'


def _perfect(size: int, words: str, *, at: float, down: float) -> Iterator[str]:
    begin = 0.42
    # Twice the delay, half the requests: a straight line, which ends at the right or at the bottom.
    end = min(38.0, begin * fewest_per_job(size, begin) / _REQUESTS[0])
    (x, y), (other_x, other_y) = ((_x(each), _y(fewest_per_job(size, each))) for each in (begin, end))
    yield _line(x, y, other_x, other_y, "#404040", dashes="6 4")
    slope = math.degrees(math.atan2(other_y - y, other_x - x))
    where = f"translate({_x(at):.1f} {_y(fewest_per_job(size, at)) + down:.1f}) rotate({slope:.1f})"
    yield f'<text transform="{where}" fill="#404040">{words}</text>'


def _x(delay: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * _share(delay, *_DELAYS)


def _y(requests: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * _share(requests, *_REQUESTS)


def _share(value: float, low: float, high: float) -> float:
    return math.log(value / low) / math.log(high / low)


def _canvas(height: int) -> list[str]:
    return [
        f'<svg xmlns="{_SVG}" viewBox="0 0 760 {height}" font-family="sans-serif" font-size="13">',
        f'<rect width="760" height="{height}" fill="#ffffff"/>',
    ]


def _bar(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="17" fill="{colour}"/>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, *, dashes: str = "none") -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" '
        f'stroke-dasharray="{dashes}"/>'
    )


def _text(x: float, y: float, words: str, *, colour: str = "", anchor: str = "") -> str:
    colour = f' fill="{colour}"' if colour else ""
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{colour}{anchor}>{words}</text>'


if __name__ == "__main__":
    Path("docs/_static/many-jobs.svg").write_text(draw(), encoding="utf-8")
    Path("docs/_static/waiting.svg").write_text(draw_waiting(list(strategies())), encoding="utf-8")
