"""Where output goes, and what it cannot do there."""

import pytest
from rich.text import Text

from tencent_ci_async.cli._console import note, show

ORDERS = "name\x1b]0;owned\x07\x9b31m\x7f"


@pytest.fixture(params=["terminal", "pipe"])
def output(request, monkeypatch):
    """Let stdout pass for either."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    if request.param == "terminal":
        monkeypatch.setenv("FORCE_COLOR", "1")


def test_words_cannot_give_orders_to_a_terminal(output, capsys):
    """Whatever a service or an object's key says, no title, colour or cursor is changed by it."""
    show(Text(ORDERS))
    note(ORDERS)
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert text.startswith("name?]0;owned")
        assert not {"\x1b", "\x07", "\x9b", "\x7f"} & set(text)


def test_a_page_in_a_pipe_is_not_wrapped(capsys, monkeypatch):
    """However narrow the terminal is from which the command was started."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    show(Text("word " * 60))
    assert len(capsys.readouterr().out.splitlines()) == 1
