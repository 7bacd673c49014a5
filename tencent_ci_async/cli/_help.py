"""The words of the help: what a command is for, and examples of it."""

from __future__ import annotations

from typing import Final, NamedTuple

from cyclopts import App

# Old versions of cyclopts swallow the first empty line, unless markup stands in it.
_BREAK: Final = "" if hasattr(App, "generate_completion") else "\n\n[dim][/dim]"

__all__ = ["COMMANDS", "PROGRAM_HELP", "CommandHelp"]


class CommandHelp(NamedTuple):
    """What the help says of a command besides its options.

    Attributes:
        summary: What it does, in a sentence.
        text: More about it, a paragraph each.
        examples: What it is for, and the command that does it.
    """

    summary: str
    text: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]

    @property
    def as_markup(self) -> str:
        """The help in the markup of rich."""
        lines = [f"{self.summary}{_BREAK}", *(f"\n{paragraph}" for paragraph in self.text)]
        if self.examples:
            lines.append("\n[bold]Examples[/bold]")
        for what, command in self.examples:
            lines += [f"\n  [dim]# {what}[/dim]", f"  [cyan]{_escaped(command)}[/cyan]"]
        return "\n".join(lines)


_IDS: Final = (
    "Ids are arguments, lines of a --file, or lines of standard input (-); an id that comes twice counts "
    "once. Any number of them will do."
)
_FAILED: Final = "The exit code is 1 if a job has failed, was cancelled or is not known."

COMMANDS: Final[dict[str, CommandHelp]] = {
    "describe": CommandHelp(
        "Show jobs as they are now.",
        (_IDS, _FAILED),
        (
            (
                "one job, with all that is worth knowing",
                "tencent-ci describe j1af65a7a0b7a11efa1a5ffa2e1a3d5c4",
            ),
            ("a file of ids, into a table", "tencent-ci describe --file ids.txt --output table"),
            (
                "which have failed, and why",
                "tencent-ci describe -f ids.txt | jq -r 'select(.State == \"Failed\") | .Message'",
            ),
        ),
    ),
    "watch": CommandHelp(
        "Follow jobs until all have ended.",
        (
            "On a terminal, a table shows how they stand. Elsewhere, each job is a line once it has ended.",
            _IDS,
            _FAILED + " It is 124 if the --timeout came first. The jobs themselves go on then.",
        ),
        (
            ("follow two jobs", "tencent-ci watch j1af65a7a0b7a11efa1a5ffa2e1a3d5c4 j29b0e1"),
            (
                "wait in a script, for half an hour at most",
                "tencent-ci watch --file ids.txt --timeout 30m > ended.jsonl",
            ),
            (
                "follow all that run now",
                "tencent-ci list Concat --state Running --limit 0 | tencent-ci watch -",
            ),
        ),
    ),
    "list": CommandHelp(
        "List jobs by their kind, state and time.",
        ("Pages are followed, the newest jobs first. The exit code is 0 whatever the jobs' states are.",),
        (
            ("the latest splices", "tencent-ci list Concat"),
            ("what has failed since yesterday", "tencent-ci list Transcode --state Failed --since yesterday"),
            ("the ids of all that wait", "tencent-ci list Concat --state Submitted --limit 0 --output ids"),
        ),
    ),
    "submit concat": CommandHelp(
        "Submit a job that joins media files.",
        (
            (
                "The job is never submitted twice. If it remains unknown whether it was submitted (exit code "
                "3), the message holds the command that finds out."
            ),
        ),
        (
            (
                "join two objects of the bucket",
                "tencent-ci submit concat intro.mp4 talk.mp4 --to talks/42.mp4",
            ),
            (
                "and wait for the result",
                "tencent-ci submit concat a.mp4 b.mp4 --to ab.mp4 --wait --timeout 15m",
            ),
            ("keep the id", "id=$(tencent-ci submit concat a.mp4 b.mp4 --to ab.mp4 --output ids)"),
        ),
    ),
    "cancel": CommandHelp(
        "Cancel jobs that are not being worked on yet.",
        (_IDS, "The exit code is 1 if a job could not be cancelled, because it runs or has ended."),
        (
            ("one job", "tencent-ci cancel j1af65a7a0b7a11efa1a5ffa2e1a3d5c4"),
            ("a backlog", "tencent-ci list Concat --state Submitted --limit 0 | tencent-ci cancel -"),
        ),
    ),
    "queues": CommandHelp(
        "List the queues that jobs wait in.",
        (),
        (
            ("all of the usual kind", "tencent-ci queues"),
            ("every kind, the paused ones", "tencent-ci queues --category CateAll --state Paused"),
        ),
    ),
    "simulate": CommandHelp(
        "Serve a simulator of the service until a signal ends it, for tests in any language.",
        (
            (
                "One line of JSON on stdout says where it is and who may sign. It is written when the "
                "simulator listens. The exit code is 0 after SIGTERM, 130 after Ctrl-C."
            ),
        ),
        (
            ("on a port of your choice", "tencent-ci simulate --port 8000"),
            (
                "with jobs that take a minute, a tenth of which fail",
                "tencent-ci simulate --life 60 --fail-share 0.1",
            ),
        ),
    ),
    "demo": CommandHelp(
        "Ask a simulator about media jobs, over real HTTP, without an account.",
        (
            (
                "The simulator listens on a free port of this machine for a second. Each answer is compared "
                "with what it must be; if one differs, the exit code is 1."
            ),
        ),
        (("as a page", "tencent-ci demo"), ("for machines", "tencent-ci demo --json")),
    ),
    "completion": CommandHelp(
        "Write a script that completes commands and options in a shell.",
        (),
        (
            ("bash, in this shell", "source <(tencent-ci completion bash)"),
            ("zsh, for good", "tencent-ci completion zsh > ~/.zfunc/_tencent-ci"),
            ("fish, for good", "tencent-ci completion fish > ~/.config/fish/completions/tencent-ci.fish"),
        ),
    ),
}

PROGRAM_HELP: Final = CommandHelp(
    "Ask Tencent Cloud CI (Cloud Infinite) about media jobs.",
    (
        (
            "Keys come from TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or a --profile; the place "
            "from TENCENT_CI_BUCKET and TENCENTCLOUD_REGION, or --bucket and --region."
        ),
        (
            "Data goes to stdout; progress, notes and errors go to stderr. Exit codes: 0 all went well, 1 a "
            "job did not, 2 the command is not usable, 3 the service or the network failed, 124 the time was "
            "up, 130 Ctrl-C."
        ),
    ),
    (
        ("see it at work, without an account", "tencent-ci demo"),
        ("how a job stands", "tencent-ci describe j1af65a7a0b7a11efa1a5ffa2e1a3d5c4"),
        ("follow what runs now", "tencent-ci list Concat --state Running | tencent-ci watch -"),
    ),
)


def _escaped(command: str) -> str:
    return command.replace("[", r"\[")
