"""The pictures of the documentation, by matplotlib."""

import math
import statistics
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from contest import BARE, BY_HAND, EACH, JOINED, OURS, OVER_AIOHTTP, WORKS, Entry
from growth import CALM, KEPT, STREAMED, Point
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from waiting import INFORMED, LONE, PLAIN, USUAL, Waited, fewest_per_job

_BLUE, _NAVY, _PALE, _ORANGE, _SAND, _GREY, _GREEN = (
    "#0a6ebd",
    "#0b3c68",
    "#6fb1e3",
    "#c2410c",
    "#e79a5b",
    "#7a7a7a",
    "#15803d",
)
_COLOURS = {OURS: _BLUE, OVER_AIOHTTP: _PALE, EACH: _ORANGE, JOINED: _SAND, BARE: _GREY, BY_HAND: _GREEN}
_GROWTH_COLOURS = {**_COLOURS, KEPT: _BLUE, CALM: _NAVY, STREAMED: _PALE}
_STYLE = {
    "svg.fonttype": "none",
    # The same figures make the same file.
    "svg.hashsalt": "tencent-ci-async",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
}
_WAITING_LOOKS = {LONE: (_GREY, "-"), USUAL: (_ORANGE, ""), PLAIN: (_BLUE, "-"), INFORMED: (_GREEN, "-")}
_LABELS = {
    "1 s, 1.5 s and so on to 20 s": "back-off to 20 s",
    "the same, each drawn from 0 on": "back-off to 20 s, full jitter",
    "every 15 s, 10 waiters for each job": "every 15 s, ten waiters a job",
}


def draw_many(entries: Sequence[Entry], folder: Path) -> None:
    """The jobs per second of a fan-out, at both latencies."""
    found = [entry for entry in entries if entry.work.method == "fan_out"]
    with mpl.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
        for shift, latency, alpha in ((-0.2, 0.0, 1.0), (0.2, 0.02, 0.5)):
            rates = [statistics.median(entry.rate(latency)) for entry in found]
            places = [number + shift for number in range(len(found))]
            bars = axes.barh(
                places,
                rates,
                0.38,
                color=[_COLOURS[entry.client] for entry in found],
                alpha=alpha,
                label=f"{latency * 1e3:.0f} ms latency",
            )
            axes.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=3, fontsize=9)
        axes.set_yticks(range(len(found)), [entry.client for entry in found])
        axes.invert_yaxis()
        axes.margins(x=0.1)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel("jobs per second, one process (full: 0 ms latency; pale: 20 ms)")
        axes.grid(axis="x", color="#e5e5e5")
        _save(figure, folder / "many-jobs.svg")


def draw_cpu(entries: Sequence[Entry], folder: Path) -> None:
    """The processor's time for all kinds of work, a panel each."""
    with mpl.rc_context(_STYLE):
        figure, panels = plt.subplots(len(WORKS), 1, figsize=(8, 9), layout="constrained")
        for work, axes in zip(WORKS, panels, strict=True):
            found = [entry for entry in entries if entry.work.title == work.title]
            times = [statistics.median(entry.cpu(0.0)) for entry in found]
            colours = [_COLOURS.get(entry.client, _BLUE) for entry in found]
            bars = axes.barh([entry.client for entry in found], times, color=colours)
            axes.bar_label(bars, [f"{seconds:.2f}" for seconds in times], padding=3, fontsize=9)
            axes.invert_yaxis()
            axes.set_title(work.title, loc="left", fontsize=10, fontweight="bold")
            axes.margins(x=0.1)
        panels[-1].set_xlabel("CPU seconds for 1,000 jobs, 0 ms latency")
        _save(figure, folder / "cpu.svg")


def draw_growth(points: Sequence[Point], folder: Path) -> None:
    """Seconds and megabytes by the number of jobs; all axes are logarithmic."""
    with mpl.rc_context(_STYLE):
        figure, (seconds, memory) = plt.subplots(1, 2, figsize=(8, 4.6), layout="constrained")
        for client in dict.fromkeys(point.client for point in points):
            own = [point for point in points if point.client == client]
            sizes = [point.jobs for point in own]
            look = {"marker": "o", "markersize": 4, "color": _GROWTH_COLOURS[client], "label": client}
            seconds.loglog(sizes, [point.found.wall for point in own], **look)
            measured = [point for point in own if point.found.peak is not None]
            memory.loglog([each.jobs for each in measured], [each.found.peak for each in measured], **look)
        for axes, title in ((seconds, "seconds"), (memory, "peak memory of the process, MB")):
            axes.set_title(title, loc="left", fontsize=10)
            axes.set_xlabel("jobs")
            axes.xaxis.set_major_formatter("{x:,.0f}")
            axes.yaxis.set_major_formatter("{x:,g}")
            axes.grid(color="#e5e5e5")
        memory.set_yticks([50, 100, 200, 500, 1_000])
        memory.minorticks_off()
        figure.legend(
            *seconds.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False
        )
        _save(figure, folder / "growth.svg")


def draw_waiting(found: Sequence[Waited], folder: Path) -> None:
    """Requests and delay of several ways to wait; both axes are logarithmic."""
    with mpl.rc_context(_STYLE):
        figure, axes = plt.subplots(figsize=(8, 6), layout="constrained")
        axes.set(xscale="log", yscale="log", xlim=(0.4, 40), ylim=(0.15, 200))
        sweeps = ((1, "one id per request", 0.55, 0.72), (10, "ten ids per request", 6.5, 1.1))
        for size, words, begin, lift in sweeps:
            delays = (0.4, 40.0)
            perfect = [fewest_per_job(size, delay) for delay in delays]
            axes.plot(delays, perfect, "--", color="#404040", linewidth=1)
            place = (begin, fewest_per_job(size, begin) * lift)
            axes.text(
                *place,
                f"a perfect sweep, {words}",
                # Along the line, on which twice the delay is half the requests.
                rotation=math.degrees(math.atan2(-place[1], place[0])),
                rotation_mode="anchor",
                transform_rotates_text=True,
                color="#404040",
                fontsize=9,
            )
        for group, (colour, line) in _WAITING_LOOKS.items():
            own = [each for each in found if each.group == group]
            delays, requests = [each.mean for each in own], [each.per_job for each in own]
            axes.plot(delays, requests, f"o{line}", color=colour, label=group)
            # What tells its progress lies to the left of what does not, so its labels do as well.
            offset, side = ((-8, -10), "right") if group == INFORMED else ((8, 4), "left")
            for each in own:
                words = _LABELS.get(each.name, each.name)
                place = (each.mean, each.per_job)
                axes.annotate(
                    words, place, offset, textcoords="offset points", ha=side, color=colour, fontsize=9
                )
        axes.set(xlabel="mean delay in seconds", ylabel="requests per job")
        axes.set_xticks([0.5, 1, 2, 5, 10, 20])
        axes.set_yticks([0.2, 0.5, 1, 2, 5, 10, 20, 50, 100])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        axes.grid(color="#e5e5e5")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        _save(figure, folder / "waiting.svg")


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
