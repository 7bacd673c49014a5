"""Fuzz the targets of `targets.py` by atheris: ``python tests/fuzz/run.py --seconds 60 [target...]``.

A finding makes the exit code 1, and the input that made it is saved at the path that is printed. Once the
fault is mended, put that input into the target's corpus, where the tests replay it for ever.
"""

import argparse
import hashlib
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
FINDING_NAME = re.compile(r"Test unit written to (\S+)")
# What one input may cost, in seconds and in MB.
LIMITS = ("-timeout=10", "-rss_limit_mb=1500", "-malloc_limit_mb=500")
LONGEST_INPUT = 4_096
# Where element names belong, and how they are written there.
NAMES_AS = {
    "answer": ("<{}>", "</{}>"),
    "callback": ("<{}>", "</{}>", '"{}":'),
    "known_jobs": ("<{}>", "</{}>"),
    "models": ("\n+{}\n",),
}


def names():
    """The names of all elements that have a field in some model."""
    from tencent_ci_async.models._wire import WireModel  # noqa: PLC0415 - heavy, and for the parent alone

    kinds, found = [WireModel], set()
    from tencent_ci_async import models  # noqa: PLC0415

    for name in models.__all__:
        getattr(models, name)
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found |= {field.alias or name for name, field in kind.model_fields.items()}
    return sorted(found)


def quoted(token):
    """A token as a line of libFuzzer's dictionaries."""
    return (
        '"'
        + "".join(
            chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}"
            for byte in token.encode()
        )
        + '"'
    )


def write_dictionary(target, folder):
    """The tokens of ours, and the names of the models, for one target."""
    lines = (HERE / "dictionary.txt").read_text("utf-8").splitlines()
    for form in NAMES_AS.get(target, ()):
        lines += [quoted(form.format(name)) for name in names()]
    path = folder / f"{target}.dict"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def fuzz_here(target, arguments):
    """Be the fuzzer of one target; this does not return."""
    import atheris  # noqa: PLC0415 - the parent runs without it

    with atheris.instrument_imports(include=["tencent_ci_async", "xmltodict"]):
        import targets  # noqa: PLC0415 - its imports are instrumented

    prefix = next((each.partition("=")[2] for each in arguments if each.startswith("-artifact_prefix=")), "")

    def function(data):
        try:
            targets.TARGETS[target](data)
        except BaseException:
            # Under the name that libFuzzer gives it, which does not save what is found in its last moments.
            saved = Path(f"{prefix}crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}")
            saved.write_bytes(data)
            print(f"Test unit written to {saved}", flush=True)
            raise

    # To merge, libFuzzer starts itself again in a shell, by this name.
    itself = shlex.join([sys.executable, __file__, "--child", target])
    atheris.Setup([itself, *arguments], lambda data: function(bytes(data)))
    atheris.Fuzz()


def fuzz(target, *, seconds, corpus, findings, folder):
    """Fuzz one target for some seconds, let the corpus grow, and return whether nothing was found."""
    arguments = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-dict={write_dictionary(target, folder)}",
        f"-artifact_prefix={findings / target}-",
        "-print_final_stats=1",
        *LIMITS,
        str(corpus),
        *([str(CORPUS / target)] if (CORPUS / target).is_dir() else []),
    ]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, "--child", target, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    runs = re.findall(r"stat::number_of_executed_units:\s*(\d+)", done.stdout) or ["?"]
    edges = re.findall(r" cov: (\d+) ft: (\d+)", done.stdout) or [("?", "?")]
    told = f"{target}: {runs[-1]} executions in {time.monotonic() - started:.0f} s, "
    told += f"{edges[-1][0]} edges, {edges[-1][1]} features"
    if done.returncode == 0:
        print(f"{told}, no finding", flush=True)
        return True
    saved = FINDING_NAME.findall(done.stdout)
    kept = [line for line in done.stdout.splitlines() if not re.match(r"#\d+\t|INFO:|MS:|0x", line)]
    print("\n".join(kept[-60:]))
    print(f"{told}, FINDING; the input is at {saved[-1] if saved else '(not saved)'}", flush=True)
    return False


def merge(target, grown):
    """Add what was found to the corpus, the smallest inputs first, as far as it reaches more code."""
    command = [sys.executable, __file__, "--child", target, "-merge=1", str(CORPUS / target), str(grown)]
    subprocess.run(command, capture_output=True, check=True)


def main(known):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", nargs="*", help=f"one of {', '.join(known)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--grow", action="store_true", help="add inputs that reach more code to the corpus")
    parser.add_argument("--findings", type=Path, help="folder for findings (default: a temporary one)")
    arguments = parser.parse_args()
    if unknown := [each for each in arguments.target if each not in known]:
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(known)}")
    findings = (arguments.findings or Path(tempfile.gettempdir()) / "fuzz-findings").resolve()
    findings.mkdir(parents=True, exist_ok=True)
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for target in arguments.target or known:
            grown = folder / target
            grown.mkdir()
            good &= fuzz(target, seconds=arguments.seconds, corpus=grown, findings=findings, folder=folder)
            if arguments.grow:
                merge(target, grown)
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        fuzz_here(sys.argv[2], sys.argv[3:])
    else:
        from targets import TARGETS

        sys.exit(main(list(TARGETS)))
