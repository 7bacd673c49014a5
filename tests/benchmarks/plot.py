"""Draws the bars of the documentation's page on performance: no library is needed for six bars."""

from pathlib import Path

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


def draw() -> str:
    """The picture, as SVG."""
    lines = [
        f'<svg xmlns="{_SVG}" viewBox="0 0 760 210" font-family="sans-serif" font-size="13">',
        '<rect width="760" height="210" fill="#ffffff"/>',
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


def _bar(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="17" fill="{colour}"/>'


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}">{words}</text>'


if __name__ == "__main__":
    Path("docs/_static/many-jobs.svg").write_text(draw(), encoding="utf-8")
