"""The house: imports point down only, and each library is used by the room that owns it."""

import ast
import sys
from pathlib import Path

import pytest

import tencent_ci_async

ROOT = Path(tencent_ci_async.__file__).parent
FLOORS = [
    {"errors", "events", "models", "_version"},
    {
        "_credentials",
        "_describing",
        "_endpoint",
        "_error_classes",
        "_event_handler",
        "_outcomes",
        "_pace",
        "_recent",
        "_redis_script",
        "_request_checks",
        "_retry",
        "_signing",
        "_timing",
        "_xml",
    },
    {"_credential_sources"},
    {
        "_answer_body",
        "_auth",
        "_batching",
        "_call_report",
        "_caller",
        "_exchange",
        "_fanout",
        "_known_jobs",
        "_operations",
        "_paging",
        "_questions",
        "_redis_limiter",
        "_watcher",
        "callbacks",
    },
    {"_session"},
    {"_submit_ledger"},
    {"__init__", "__main__", "cli", "otel", "pytest_plugin", "testing", "web"},
]
# What a room may use of ours, where that is less than all that lies below it.
OURS = {
    "_version": set(),
    "models": {"errors"},
    "errors": {"models"},
    "_signing": set(),
    "_timing": set(),
    "_endpoint": {"errors"},
    "_xml": {"errors"},
    "_retry": {"errors"},
    "_credentials": {"_timing", "errors", "events"},
    # Some sources of keys are services of their own.
    "_credential_sources": {"_credentials", "_retry", "_timing", "_version", "errors"},
    "_error_classes": {"errors"},
    # Plain values, which stand on nothing.
    "events": set(),
    "_event_handler": {"errors", "events"},
    "_call_report": {"_event_handler", "_operations", "errors", "events", "models"},
    "_outcomes": {"errors", "models"},
    "_pace": {"_timing", "errors"},
    "_recent": set(),
    "_redis_limiter": {"_pace", "_redis_script", "_timing", "errors"},
    "_redis_script": {"errors"},
    "_request_checks": {"errors", "models"},
    "_questions": {"_outcomes", "errors", "models"},
    # The fan-out knows a describe callable, not the session.
    "_describing": {"errors", "models"},
    "_fanout": {
        "_describing",
        "_endpoint",
        "_outcomes",
        "_questions",
        "_recent",
        "_timing",
        "errors",
        "models",
    },
    "_batching": {
        "_describing",
        "_endpoint",
        "_event_handler",
        "_questions",
        "errors",
        "events",
        "models",
    },
    # Neither does the watcher.
    "_watcher": {
        "_describing",
        "_endpoint",
        "_event_handler",
        "_outcomes",
        "_pace",
        "_questions",
        "_retry",
        "_timing",
        "errors",
        "events",
        "models",
    },
    # A callback is a hint: it can reach no waiter, only name the jobs that a watcher is to look at.
    "callbacks": {"_endpoint", "_xml", "errors", "models"},
    "_submit_ledger": {"_operations", "_redis_script", "_session", "_timing", "errors", "models"},
    "_known_jobs": {"_xml", "models"},
    "_operations": {"_error_classes", "_known_jobs", "_request_checks", "_retry", "_xml", "errors", "models"},
    # Pages are fetched by a callable too.
    "_paging": {"_recent", "errors", "models"},
    "_auth": {
        "_credential_sources",
        "_credentials",
        "_event_handler",
        "_retry",
        "_signing",
        "_timing",
        "errors",
        "events",
    },
    "_answer_body": {"errors", "models"},
    "_exchange": {"_answer_body", "errors", "models"},
    "_caller": {
        "_call_report",
        "_credentials",
        "_exchange",
        "_known_jobs",
        "_operations",
        "_pace",
        "_retry",
        "_timing",
        "errors",
        "models",
    },
    # Telemetry is made of events alone.
    "otel": {"_version", "errors", "events"},
    # The simulator shares nothing with the client's protocol rooms, so that both cannot be wrong together.
    "testing": {"errors", "models"},
    "web": {
        "_batching",
        "_credentials",
        "_describing",
        "_exchange",
        "_retry",
        "_session",
        "_timing",
        "_watcher",
        "callbacks",
        "errors",
        "events",
        "models",
    },
    # What it gives to tests is a session as users make them, so it comes in by the door.
    "pytest_plugin": {"__init__", "testing"},
    "__main__": {"cli"},
}
PUBLIC = {"__init__", "callbacks", "errors", "events", "models", "otel", "testing", "_version", "web"}
THEIRS = {
    "models": {"pydantic"},
    "_xml": {"xmltodict"},
    "_operations": {"pydantic"},
    "_watcher": {"pydantic"},
    "callbacks": {"pydantic"},
    "_auth": {"httpx"},
    "_credential_sources": {"httpx"},
    "_answer_body": {"httpx"},
    "_exchange": {"httpx"},
    "_session": {"httpx"},
    "testing": {"httpx", "uvicorn"},
    "pytest_plugin": {"httpx", "pytest"},
    "cli": {"cyclopts", "rich"},
    "otel": {"opentelemetry"},
    "web": {"httpx"},
}


def room(path):
    """The room that a file belongs to."""
    if path.stem == "pytest_plugin":
        return path.stem
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def files():
    return sorted(ROOT.rglob("*.py"))


def imports(path):
    """The rooms of ours, and the libraries, that a file imports; those for type checkers count too."""
    package = path.relative_to(ROOT.parent).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            modules = [(f"{base}{node.module or ''}".strip("."), alias.name) for alias in node.names]
        else:
            continue
        for module, name in modules:
            parts = module.split(".")
            if parts[0] != "tencent_ci_async":
                yield "theirs", parts[0]
            else:
                inside = parts[1] if len(parts) > 1 else name
                known = (ROOT / f"{inside}.py").exists() or (ROOT / f"{inside}").is_dir()
                yield "ours", inside if known else "__init__"


def floor(name):
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    """Each file imports only its own room, the rooms below it, and the libraries it owns."""
    here = room(path)
    wrong = []
    for kind, name in imports(path):
        if kind == "theirs":
            allowed = THEIRS.get(here, set()) | set(sys.stdlib_module_names)
            wrong += [] if name in allowed else [f"{here} imports {name}"]
        elif name != here:
            below = {each for rooms in FLOORS[: floor(here)] for each in rooms}
            allowed = PUBLIC if here == "cli" else OURS.get(here, below)
            wrong += [] if name in allowed else [f"{here} imports {name}"]
    assert wrong == []


def test_every_room_has_its_floor():
    rooms = {room(path) for path in files()}
    assert rooms <= set().union(*FLOORS)


def test_errors_need_the_models_for_annotations_only():
    """At run time the models stand on the errors, not the other way round."""
    tree = ast.parse((ROOT / "errors.py").read_text(encoding="utf-8"))
    assert not any(isinstance(node, ast.ImportFrom) and node.level for node in tree.body)


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_and_functions_stay_small(path):
    """At most 400 lines a file and 50 a function, its docstring aside."""
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 400
    long = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            lines = node.end_lineno - node.lineno + 1
            lines -= first.end_lineno - first.lineno + 1 if documented else 0
            long += [f"{node.name}: {lines}"] if lines > 50 else []
    assert long == []


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__"])
def test_text_of_the_service_is_never_run(name):
    calls = [
        f"{path.name}:{node.lineno}"
        for path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]
    assert calls == []
