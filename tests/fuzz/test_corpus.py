"""What the fuzzer has found, and what it needs to get far, is replayed by every run of the tests."""

from pathlib import Path

import pytest
from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_of_the_corpus_breaks_a_promise(target):
    """See `targets.py` for what each target promises of any bytes at all."""
    inputs = sorted((CORPUS / target).iterdir())
    assert inputs
    for path in inputs:
        try:
            TARGETS[target](path.read_bytes())
        except Exception as error:
            error.add_note(f"the input is {path}")
            raise


@pytest.mark.parametrize("target", TARGETS)
def test_no_input_at_all_breaks_no_promise(target):
    TARGETS[target](b"")


def test_the_corpus_has_no_strangers_and_stays_small():
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 300_000
