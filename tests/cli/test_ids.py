"""Job ids from the command line, from files and from standard input."""

import json

import pytest

from tencent_ci_async.cli._ids import ids_in

TIDY = "\n".join(f"j{number}" for number in range(12))


@pytest.fixture
def asked(shell, fake):
    """Runs ``describe`` with ids that exist, and returns which were shown."""

    def ask(*words, stdin=""):
        for number in range(12):
            if f"j{number}" not in fake.jobs:
                fake.add_job(job_id=f"j{number}")
        done = shell("describe", *words, "--output", "ids", stdin=stdin)
        assert (done.code, done.err) == (0, "")
        return done.out.split()

    return ask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("j1\n", ["j1"]),
        ("  j1\tj2,j3 , j4\r\n", ["j1", "j2", "j3", "j4"]),
        ("# nothing\n", []),
        ("j1 # yesterday's\n", ["j1"]),
        ('{"JobId": "j1", "State": "Running"}\n', ["j1"]),
        ('{"State": "Running"}\n', []),
        ('{"JobId": 5}\n', []),
        ("{broken\n", ["{broken"]),
        ("\n", []),
    ],
)
def test_a_line_holds_ids_or_a_job(line, expected):
    """The JSON lines that this program writes into a pipe are read by it again."""
    assert list(ids_in(line)) == expected


def test_ids_are_arguments(asked):
    assert asked("j1", "j2", "j1") == ["j1", "j2"]


@pytest.mark.parametrize(
    "text", [TIDY, f"\ufeff{TIDY}", TIDY.replace("\n", "\r\n"), f"{TIDY}\n{TIDY}", f"# ids\n{TIDY} # end"]
)
def test_ids_are_in_files(asked, tmp_path, text):
    """With or without a byte order mark, line ends of Windows, duplicates and comments."""
    path = tmp_path / "ids.txt"
    path.write_bytes(text.encode())
    assert sorted(asked("--file", path)) == sorted(TIDY.split())
    assert sorted(asked("j0", "-f", path, "-f", path)) == sorted(TIDY.split())


@pytest.mark.parametrize("words", [["-"], ["--file", "-"], ["j1", "-"], ["-", "j1"]])
def test_ids_are_on_standard_input(asked, words):
    assert sorted(asked(*words, stdin=TIDY)) == sorted(TIDY.split())


def test_what_one_command_writes_another_reads(shell, fake):
    """``list`` into ``describe``, with the formats that pipes have by default."""
    for _ in range(3):
        fake.add_job("Concat")
    listed = shell("list", "Concat")
    assert len(shell.lines("describe", "-", stdin=listed.out)) == 3


def test_ten_thousand_ids_by_standard_input(shell, fake):
    """All are answered, ten to a request."""
    ids = [f"j{number:05}" for number in range(10_000)]
    for job_id in ids:
        fake.add_job("Snapshot", job_id=job_id, results={})
    done = shell("describe", "-", "-o", "ids", stdin="\n".join(ids))
    assert (done.code, done.err) == (0, "")
    assert sorted(done.out.split()) == ids
    assert fake.request_count == 1_000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is no text in UTF-8 (near line 1)"),
        (b"j1\nj2\nj\xff3\n", "is no text in UTF-8"),
        ("j1\n".encode("utf-16"), "is no text in UTF-8 (near line 1)"),
        (b"j" * 1_200_000, "has a line of more than 1048576 characters"),
    ],
    ids=["image", "latin", "utf-16", "long line"],
)
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_what_is_no_text_is_refused_before_anything_is_asked(shell, fake, tmp_path, content, reason, way):
    """Exit code 2 and a line that says what is wrong; no traceback, no request about nonsense."""
    path = tmp_path / "ids.bin"
    path.write_bytes(content)
    done = shell("describe", "--file", path) if way == "file" else shell("describe", "-", stdin=content)
    assert (done.code, done.out, fake.request_count) == (2, "", 0)
    assert reason in done.err
    assert "Traceback" not in done.err
    assert ("standard input" if way == "stdin" else str(path)) in done.err


def test_files_that_cannot_be_read_are_named(shell, tmp_path):
    missing = shell("describe", "--file", tmp_path / "missing.txt")
    assert missing.code == 2
    assert "missing.txt cannot be read: No such file" in missing.err
    directory = shell("describe", "--file", tmp_path)
    assert directory.code == 2
    assert "cannot be read: Is a directory" in directory.err


def test_no_id_at_all_is_a_mistake(shell):
    done = shell("describe")
    assert done.code == 2
    assert "no job id was given" in done.err
    assert "--file PATH" in done.err


@pytest.mark.parametrize("command", ["describe", "watch", "cancel"])
def test_an_empty_input_is_nothing_to_do(shell, fake, tmp_path, command):
    """A pipeline whose first part finds nothing has not failed."""
    path = tmp_path / "ids.txt"
    path.write_text("# none today\n")
    for done in (shell(command, "-"), shell(command, "--file", path)):
        assert (done.code, done.out, fake.request_count) == (0, "", 0)
        assert "there is nothing to do" in done.err


def test_what_is_no_id_is_told_and_the_others_are_shown(shell, fake):
    """Exit code 2, since somebody has to mend the list."""
    fake.add_job(job_id="j1")
    done = shell("describe", "j1", "n/a")
    assert done.code == 2
    found = {node["JobId"]: node for node in map(json.loads, done.out.splitlines())}
    assert found["j1"]["State"] == "Success"
    assert found["n/a"]["Error"]["Type"] == "ConfigurationError"
    assert "'n/a' is not a job id" in done.err
