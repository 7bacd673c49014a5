"""Some seconds of the traffic that ``nox -s soak`` lets flow for minutes."""

import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).parent.parent / "benchmarks/soak.py"


def test_nothing_grows(campaign, figure):
    """At full width, under faults, with callers that leave; memory is judged in full length only."""
    minutes = 2.0 if campaign else 0.1
    done = subprocess.run(
        [sys.executable, str(SOAK), f"--minutes={minutes}", "--every=0.5"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figure("; ".join(done.stdout.splitlines()[-7:]))
