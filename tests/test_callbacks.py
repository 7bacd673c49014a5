"""Callbacks: every form gives the same models, nothing in them is believed, and the secret stays one."""

import asyncio
import json
import logging
import pickle
import socket
import traceback
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from support import virtual_time

from tencent_ci_async import CIError, CISession, ConfigurationError, Credentials, JobState, JobWatcher
from tencent_ci_async._xml import MAX_DEPTH, MAX_NODES, MAX_TEXT_LENGTH
from tencent_ci_async.callbacks import CallbackApp, new_callback_secret, parse_callback
from tencent_ci_async.errors import UnreadableCallbackError
from tencent_ci_async.testing import FakeCI

SECRET = "Invented-secret_of-these-tests"
BASE = "http://callbacks.example"
FORMS = ["XML", "JSON", "JSON array", "JSON wrapped"]
XML = b"""<?xml version="1.0" encoding="utf-8"?>
<Response><EventName>TaskFinish</EventName><JobsDetail><Code>Success</Code><JobId>j-one</JobId>
<Operation><JobLevel>0</JobLevel><UserData>mine</UserData></Operation><State>Success</State><Tag>Concat</Tag>
</JobsDetail></Response>"""
DETAIL = {
    "Code": "Success",
    "JobId": "j-one",
    "Operation": {"JobLevel": "0", "UserData": "mine"},
    "State": "Success",
    "Tag": "Concat",
}
CONTENT = {"EventName": "TaskFinish", "JobsDetail": DETAIL}
JSON_BODIES = {
    "bare": CONTENT,
    "wrapped": {"Response": CONTENT},
    "an array of one": {**CONTENT, "JobsDetail": [DETAIL]},
    "the level as a number": {
        **CONTENT,
        "JobsDetail": {**DETAIL, "Operation": {"JobLevel": 0, "UserData": "mine"}},
    },
    "blanks around a text": {**CONTENT, "EventName": " TaskFinish\n"},
}


# --- Reading -------------------------------------------------------------------------------------------


def test_xml_becomes_a_model():
    callback = parse_callback(XML)
    assert callback.event_name == "TaskFinish"
    (job,) = callback.jobs_detail
    assert (job.job_id, job.tag, job.state) == ("j-one", "Concat", JobState.SUCCESS)
    assert (job.operation.job_level, job.operation.user_data) == (0, "mine")
    assert callback.job_ids == ("j-one",)


@pytest.mark.parametrize("document", JSON_BODIES.values(), ids=JSON_BODIES)
@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf", b" \r\n"], ids=["plain", "bom", "blanks"])
def test_each_json_form_equals_the_xml(document, prefix):
    """Code that reads one form reads them all."""
    assert parse_callback(prefix + json.dumps(document).encode()) == parse_callback(XML)


@pytest.mark.parametrize("content_type", [None, "application/xml", "text/html", "\x00"])
@pytest.mark.parametrize("body", [XML, json.dumps(CONTENT).encode()], ids=["xml", "json"])
def test_the_body_tells_its_form(body, content_type):
    """A wrong content type does no harm."""
    assert parse_callback(body, content_type=content_type).job_ids == ("j-one",)


def test_ids_are_distinct_valid_and_in_order():
    """What is no job id can go nowhere from here."""
    ids = ["j-b", "j-a", "../x", "j-b", "", None, "a,b", "x" * 129, 7]
    body = json.dumps({"JobsDetail": [{"JobId": each} for each in ids]}).encode()
    assert parse_callback(body).job_ids == ("j-b", "j-a", "7")


def test_an_event_without_jobs_is_read_and_kept():
    """The end of a workflow names no job, and what has no field is not lost."""
    run = {"RunId": "r-1", "Tasks": [{"Type": "Start"}, {"Type": "Concat"}], "Note": None}
    sent = {**run, "Size": 3, "Done": True, "Inputs": [{"Object": "a"}]}
    as_in_xml = {**run, "Size": "3", "Done": "true", "Inputs": {"Object": "a"}}
    callback = parse_callback(json.dumps({"EventName": "WorkflowFinish", "WorkflowExecution": sent}).encode())
    assert (callback.event_name, callback.job_ids) == ("WorkflowFinish", ())
    assert callback.model_extra == {"WorkflowExecution": as_in_xml}


def test_the_name_of_the_root_does_not_matter():
    body = XML.replace(b"Response>", b"Callback>")
    assert parse_callback(body) == parse_callback(XML)


def test_a_name_that_repeats_in_json_counts_once():
    assert parse_callback(b'{"EventName": "a", "EventName": "b"}').event_name == "b"


SPY = "SPYWORD"
UNREADABLE = {
    "nothing": b"",
    "text": SPY.encode(),
    "NUL": b"\x00",
    "cut XML": XML[:-20],
    "cut JSON": json.dumps(CONTENT).encode()[:-1],
    "an encoding nobody has": b'<?xml version="1.0" encoding="SPYWORD"?><a/>',
    "a document type": b"<!DOCTYPE SPYWORD [<!ENTITY b 'SPYWORD'>]><R><EventName>&b;</EventName></R>",
    "another XML document": b"<html><body>SPYWORD</body></html>",
    "XML text alone": b"<EventName>SPYWORD</EventName>",
    "another JSON document": b'{"SPYWORD": {"SPYWORD": 1}}',
    "a JSON array": b'[{"EventName": "SPYWORD"}]',
    "an empty object": b"{}",
    "text for a job": b'{"JobsDetail": "SPYWORD"}',
    "text for a number": b'{"JobsDetail": {"Progress": "SPYWORD"}}',
    "text for a rate": b'{"JobsDetail":{"Operation":{"MediaInfo":{"Stream":{"Video":{"Fps":"1/SPYWORD"}}}}}}',
    "a container for a text": b'{"JobsDetail": {"JobId": {"SPYWORD": "SPYWORD"}}}',
    "many wrong things": json.dumps({"JobsDetail": [{"Progress": SPY}, {"CreationTime": SPY}] * 5}).encode(),
    "no UTF-8": b'{"EventName": "SPYWORD\xff"}',
    "half a character": b'{"EventName": "SPYWORD\\ud800"}',
    "half a character in a name": b'{"EventName": "a", "b": {"\\udfff": 1}}',
    "NaN": b'{"EventName": NaN}',
    "infinity": b'{"EventName": "SPYWORD", "a": [-Infinity]}',
    "too large a number": b'{"JobsDetail": {"Operation": {"MediaInfo": {"Format": {"Duration": 1e999}}}}}',
    "a number of 5,000 digits": b'{"JobsDetail": {"Progress": ' + b"9" * 5_000 + b"}}",
    "deep XML": b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
    "deep JSON": b'{"EventName": "a", "b": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
    "very deep XML": b"<a>" * 200_000,
    "very deep JSON": b'{"a":' * 60_000,
    "very deep JSON array": b"[" * 200_000,
    "many XML elements": b"<Response>" + b"<a/>" * (MAX_NODES + 1) + b"</Response>",
    "many JSON elements": b'{"EventName": "a", "b": [' + b"0," * MAX_NODES + b"0]}",
    "a long JSON text": b'{"EventName": "' + b"a" * (MAX_TEXT_LENGTH + 1) + b'"}',
    "a long XML text": b"<R><EventName>" + b"a" * (MAX_TEXT_LENGTH + 1) + b"</EventName></R>",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_callback_is_one_error_that_quotes_nothing(body):
    """The error may be logged: nothing of the body is in it, its traceback or its pickle."""
    with pytest.raises(UnreadableCallbackError, match=r"^the callback cannot be read: ") as caught:
        parse_callback(body)
    error = caught.value
    assert isinstance(error, CIError)
    assert isinstance(error, ValueError)
    assert error.__cause__ is error.__context__ is None
    assert len(str(error)) < 300
    told = str(error) + repr(error) + repr(pickle.dumps(error))
    told += "".join(traceback.format_exception_only(error))
    assert SPY not in told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cut XML", "not well-formed XML (line "),
        ("cut JSON", "not well-formed JSON (line 1, column "),
        ("a document type", "declares a document type"),
        ("text for a number", "another shape at JobsDetail.0.Progress (int_parsing)"),
        ("many wrong things", " and 7 more"),
        ("deep JSON", "nested deeper than 64"),
        ("very deep JSON", "nested deeper than 64"),
        ("many JSON elements", "more than 200000 elements"),
        ("a long JSON text", "longer than 1000000 characters"),
        ("half a character", "half a character"),
        ("NaN", "not finite"),
        ("a JSON array", "no JSON object"),
        ("an empty object", "names neither an event nor a job"),
    ],
)
def test_the_error_says_what_is_wrong(name, told):
    with pytest.raises(UnreadableCallbackError) as caught:
        parse_callback(UNREADABLE[name])
    assert told in str(caught.value)


def test_json_may_be_as_deep_as_xml():
    deep = MAX_DEPTH - 2
    xml = b"<R><EventName>a</EventName><b>" + b"<c>" * deep + b"d" + b"</c>" * deep + b"</b></R>"
    body = b'{"EventName": "a", "b": ' + b'{"c":' * deep + b'"d"' + b"}" * deep + b"}"
    assert parse_callback(body) == parse_callback(xml)


_NAMES = (
    st.sampled_from(["Response", "EventName", "JobsDetail", "jobs_detail", "model_config", "#text"])
    | st.sampled_from(["JobId", "State", "Progress", "CreationTime", "Input", "Operation", "JobLevel"])
    | st.sampled_from(["MediaInfo", "Stream", "Video", "Fps", "Format", "Duration", "MediaResult", "Audio"])
    | st.sampled_from(["OutputFile", "Md5Info", "ConcatTemplate", "ConcatFragment", "StartTime", "Workflow"])
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["-", "1/0", "0/0", "1e999", "2022-13-01T00:00:00+0800", "2022-06-27T15:23:12+0800", "9" * 5_000]
    )
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(
    st.binary()
    | st.binary().map(b"<".__add__)
    | st.binary().map(b"{".__add__)
    | _TREES.map(lambda tree: json.dumps(tree).encode())
    | st.fixed_dictionaries({"JobsDetail": _TREES}).map(lambda tree: json.dumps(tree).encode())
    | st.tuples(st.integers(0, len(XML)), st.binary(max_size=3)).map(
        lambda cut: XML[: cut[0]] + cut[1] + XML[cut[0] :]
    )
)
def test_no_body_at_all_causes_another_error(body):
    """A receiver needs to catch one error only."""
    try:
        callback = parse_callback(body)
    except UnreadableCallbackError:
        return
    assert all(isinstance(job_id, str) for job_id in callback.job_ids)


_TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0xFFFD, exclude_categories=["Cs"]), min_size=1)
_NODES = st.recursive(
    _TEXTS | st.booleans() | st.integers(0, 9),
    lambda inner: (
        st.lists(inner.filter(lambda item: not isinstance(item, list)), min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(["Alpha", "Beta", "Gamma"]), inner, min_size=1)
    ),
    max_leaves=6,
)


@given(
    tag=st.sampled_from(["Concat", "Transcode", "Snapshot", "MediaInfo", "Tts", "DNA"]),
    outcome=st.sampled_from(["Success", "Failed"]),
    message=_TEXTS,
    key=_TEXTS,
    nodes=st.dictionaries(st.sampled_from(["Unheard", "Unseen", "UserData"]), _NODES).filter(
        lambda nodes: isinstance(nodes.get("UserData", ""), str)
    ),
)
def test_any_job_reads_the_same_from_each_form(tag, outcome, message, key, nodes):
    """Which form an account is set to makes no difference."""
    fake = FakeCI()
    job_id = fake.add_job(tag, outcome=outcome, message=message, input_object=key, operation=nodes)
    xml, *others = (parse_callback(fake.callback_body(job_id, form).body) for form in FORMS)
    assert xml.job_ids == (job_id,)
    assert [xml] * 3 == others


# --- The application, in process -----------------------------------------------------------------------


class Recorder:
    """Stands for ``JobWatcher.due_now``."""

    def __init__(self):
        self.calls = []

    def __call__(self, *job_ids):
        self.calls.append(job_ids)
        return len(job_ids)


@pytest.fixture
def due_now():
    return Recorder()


@pytest.fixture
def app(due_now):
    return CallbackApp(due_now, secret=SECRET, max_body_bytes=5_000)


@pytest.fixture
async def client(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        yield client


@pytest.mark.parametrize("form", FORMS)
async def test_a_callback_makes_its_jobs_due_and_gets_an_empty_200(fake, app, client, due_now, form):
    job_id = fake.add_job("Concat")
    answer = await fake.deliver_callback(job_id, app.address(BASE), client=client, form=form)
    assert (answer.status_code, answer.content) == (200, b"")
    assert due_now.calls == [(job_id,)]


async def test_a_callback_without_jobs_is_accepted_and_calls_nobody(client, due_now):
    answer = await client.post(f"/{SECRET}", content=b'{"EventName": "WorkflowFinish"}')
    assert answer.status_code == 200
    assert due_now.calls == []


@pytest.mark.parametrize("body", [b"", b"<SPYWORD/>", b'{"SPYWORD', b"SPYWORD" * 700])
async def test_what_cannot_be_read_is_400_and_logged_without_its_text(client, due_now, body, caplog):
    answer = await client.post(f"/{SECRET}", content=body)
    assert (answer.status_code, answer.content, due_now.calls) == (400, b"", [])
    (record,) = (record for record in caplog.records if record.name == "tencent_ci_async.callbacks")
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("the callback cannot be read: ")
    assert SPY not in record.getMessage()


WRONG_PATHS = {
    "none": "/",
    "another": "/another-secret-of-the-same-len",
    "a prefix": f"/{SECRET[:-1]}",
    "more": f"/{SECRET}x",
    "other case": f"/{SECRET.swapcase()}",
    "not the last": f"/{SECRET}/x",
    "slash behind": f"/{SECRET}/",
    "not ASCII": "/%C3%A4%F0%9F%8E%AC",
    "in the query": f"/?{SECRET}",
}


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "OPTIONS", "PUT"])
@pytest.mark.parametrize("path", WRONG_PATHS.values(), ids=WRONG_PATHS)
async def test_a_wrong_path_is_the_same_404_for_all(client, due_now, method, path):
    """Nobody learns from the answer how near a guess was."""
    answer = await client.request(method, path, content=XML)
    assert (answer.status_code, answer.content, due_now.calls) == (404, b"", [])
    assert dict(answer.headers) == {"content-length": "0"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
async def test_another_method_is_405(client, due_now, method):
    answer = await client.request(method, f"/{SECRET}")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")
    assert due_now.calls == []


class Connection:
    """One request by hand: what the server hands over, and what it is given."""

    def __init__(self, *messages, path=f"/{SECRET}", then=None, **scope):
        self.scope = {"type": "http", "method": "POST", "path": path, "headers": [], **scope}
        self.messages = list(messages)
        self.then = then
        self.reads = 0
        self.sent = []

    async def receive(self):
        self.reads += 1
        if self.messages:
            return self.messages.pop(0)
        return await asyncio.Event().wait()

    async def send(self, message):
        self.sent.append(message)

    async def play(self, app):
        await app(self.scope, self.receive, self.send)
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])


def chunk(body, *, more=True):
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("path", WRONG_PATHS.values(), ids=WRONG_PATHS)
async def test_a_wrong_path_costs_no_read(app, path):
    connection = Connection(path=path)
    assert await connection.play(app) == 404
    assert connection.reads == 0


@pytest.mark.parametrize(
    ("root_path", "path"),
    [
        ("", f"/{SECRET}"),
        ("/ci-callbacks", f"/{SECRET}"),
        ("/ci-callbacks", f"/ci-callbacks/{SECRET}"),
        ("/api/ci-callbacks", f"/ci-callbacks/{SECRET}"),
    ],
    ids=["alone", "mounted, old style", "mounted, new style", "behind a proxy that strips"],
)
async def test_it_works_wherever_it_is_mounted(app, due_now, root_path, path):
    """Frameworks differ in what they leave of the path."""
    connection = Connection(chunk(XML, more=False), path=path, root_path=root_path)
    assert await connection.play(app) == 200
    assert due_now.calls == [("j-one",)]


async def test_a_body_in_pieces_is_read_whole(app, due_now):
    pieces = [chunk(XML[at : at + 7]) for at in range(0, len(XML), 7)]
    assert await Connection(*pieces, {"type": "http.request"}).play(app) == 200
    assert due_now.calls == [("j-one",)]


@pytest.mark.parametrize("declared", [b"5001", b"9" * 18, b"9" * 5_000])
async def test_a_body_that_declares_too_much_is_not_read(app, declared):
    connection = Connection(chunk(XML, more=False), headers=[(b"Content-Length", declared)])
    assert await connection.play(app) == 413
    assert connection.reads == 0


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"3")], [(b"content-length", b"-1")]])
async def test_a_body_that_turns_out_too_large_is_dropped(app, due_now, headers):
    """Whatever was declared, no more is read than the cap and one piece."""
    connection = Connection(chunk(XML), *[chunk(b" " * 1_000)] * 100, headers=headers, http_version="1.1")
    assert await connection.play(app) == 413
    assert connection.reads == 6
    assert connection.headers == {b"content-length": b"0", b"connection": b"close"}
    assert due_now.calls == []


async def test_a_body_may_be_as_large_as_the_cap(app, due_now):
    body = XML.ljust(5_000)
    declared = [(b"content-length", b"5000")]
    assert await Connection(chunk(body, more=False), headers=declared).play(app) == 200
    assert await Connection(chunk(body + b" ", more=False)).play(app) == 413
    assert len(due_now.calls) == 1


def test_a_body_that_trickles_is_given_up_after_ten_seconds(app, due_now):
    """However it is dripped: the time is for the whole body."""

    class Trickle(Connection):
        async def receive(self):
            self.reads += 1
            await asyncio.sleep(4)
            return chunk(b" ")

    async def main():
        begun = asyncio.get_running_loop().time()
        connection = Trickle(http_version="2")
        assert await connection.play(app) == 408
        assert asyncio.get_running_loop().time() - begun == 10
        # In HTTP/2 the header would be an error.
        assert connection.headers == {b"content-length": b"0"}

    virtual_time.run(main())
    assert due_now.calls == []


async def test_a_sender_who_goes_away_causes_nothing(app, due_now):
    connection = Connection(chunk(XML), {"type": "http.disconnect"})
    assert await connection.play(app) is None
    assert due_now.calls == []


async def test_a_server_that_stops_is_not_held_up(app, due_now):
    """Cancellation goes through at once."""
    task = asyncio.create_task(Connection(chunk(XML)).play(app))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert due_now.calls == []


async def test_an_error_of_due_now_reaches_the_server():
    def closed(*_):
        raise RuntimeError("closed")

    with pytest.raises(RuntimeError, match="closed"):
        await Connection(chunk(XML, more=False)).play(CallbackApp(closed, secret=SECRET))


async def test_alone_it_starts_and_stops_politely_and_refuses_web_sockets(app):
    connection = Connection({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}, type="lifespan")
    await app(connection.scope, connection.receive, connection.send)
    assert [each["type"] for each in connection.sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    connection = Connection(type="websocket")
    await app(connection.scope, connection.receive, connection.send)
    assert [each["type"] for each in connection.sent] == ["websocket.close"]
    with pytest.raises(NotImplementedError):
        await app({"type": "telepathy"}, connection.receive, connection.send)


# --- The secret ----------------------------------------------------------------------------------------


def test_a_new_secret_is_accepted_and_new():
    first, second = new_callback_secret(), new_callback_secret()
    assert first != second
    assert CallbackApp(print, secret=first).address("https://a.example") == f"https://a.example/{first}"


@pytest.mark.parametrize(
    "secret", ["", "short", "fifteen-letters", "a" * 15 + "\n", "a" * 16 + "/", "ä" * 16, None]
)
def test_a_weak_secret_is_refused_and_not_shown(secret):
    with pytest.raises(ConfigurationError, match=r"^secret must be at least 16") as caught:
        CallbackApp(print, secret=secret)
    assert not secret or secret not in str(caught.value)


async def _coroutine(*_):
    pass


@pytest.mark.parametrize(
    ("due_now", "settings"),
    [
        (None, {}),
        (_coroutine, {}),
        (print, {"max_body_bytes": 0}),
        (print, {"read_timeout": 0}),
        (print, {"read_timeout": float("inf")}),
        (print, {"read_timeout": float("nan")}),
    ],
)
def test_a_setting_that_cannot_work_is_refused(due_now, settings):
    """A coroutine function would be called and never awaited."""
    with pytest.raises(ConfigurationError, match=r"due_now|max_body_bytes|read_timeout"):
        CallbackApp(due_now, secret=SECRET, **settings)


@pytest.mark.parametrize("base", ["https://a.example/x", "https://a.example/x/", "http://127.0.0.1:80/x"])
def test_the_address_is_the_base_and_the_secret(app, base):
    assert app.address(base) == f"{base.rstrip('/')}/{SECRET}"


@pytest.mark.parametrize(
    "base", ["", "a.example", "ftp://a.example", "https://", "https://a?b", "https://a#", "http://[a"]
)
def test_an_address_that_would_not_lead_here_is_refused(app, base):
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        app.address(base)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("path", [f"/x/{SECRET}", f"/x/{SECRET}/", "/x/slip", f"/x/{SECRET}x"])
async def test_the_secret_is_in_no_repr_log_or_scope(app, due_now, caplog, path):
    """Servers write access logs from the scope: a wrong guess is hidden too, since it may be a slip."""
    caplog.set_level(logging.DEBUG)
    for body in (XML, b"{"):
        connection = Connection(chunk(body, more=False), path=path, raw_path=path.encode())
        await connection.play(app)
        assert connection.scope["path"] == "/x/..."
        assert connection.scope["raw_path"] == b"/x/..."
    assert SECRET not in repr(app) + str(app) + caplog.text


# --- Over a socket, and with a watcher -----------------------------------------------------------------


@asynccontextmanager
async def serving(app):
    """Serve an application by uvicorn on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


async def test_mounted_in_an_application_and_served(fake, app, due_now, caplog):
    """In FastAPI under uvicorn: callbacks arrive, refusals too, and the access log has no secret."""
    caplog.set_level(logging.INFO)
    outer = FastAPI()
    outer.mount("/ci-callbacks", app)
    job_id = fake.add_job("Concat")
    async with (
        serving(outer) as base,
        httpx.AsyncClient(base_url=f"{base}/ci-callbacks", trust_env=False) as client,
    ):
        address = app.address(f"{base}/ci-callbacks")
        assert (await fake.deliver_callback(job_id, address)).status_code == 200
        assert (await client.get(f"/{SECRET}")).status_code == 405
        assert (await client.post(f"/{SECRET}x", content=XML)).status_code == 404
        assert (await client.post(f"/{SECRET}", content=b"{")).status_code == 400
        assert (await client.post(f"/{SECRET}", content=XML.ljust(5_001))).status_code == 413
    assert due_now.calls == [(job_id,)]
    accesses = [record.getMessage() for record in caplog.records if record.name == "uvicorn.access"]
    assert len(accesses) == 5
    assert all('/ci-callbacks/... HTTP/1.1"' in access for access in accesses)


async def test_alone_under_a_server(fake, app, due_now):
    job_id = fake.add_job("Concat")
    async with serving(app) as base:
        assert (await fake.deliver_callback(job_id, app.address(base), form="JSON")).status_code == 200
    assert due_now.calls == [(job_id,)]


@pytest.mark.parametrize("form", FORMS)
async def test_a_forged_callback_passes_on_an_id_and_nothing_else(fake, app, client, due_now, form):
    """What it claims about the job goes nowhere."""
    job_id = fake.add_job("Concat", runs_for=3_600)
    await fake.deliver_callback(job_id, app.address(BASE), client=client, form=form, state="Success")
    assert due_now.calls == [(job_id,)]


def test_a_forged_callback_releases_no_waiter_and_a_true_one_does():
    """Both cause one signed question; the answer to that decides."""

    async def main():
        fake = FakeCI(check_signatures=True)
        job_id = fake.add_job("Concat", runs_for=1e9)
        keys = Credentials(fake.secret_id, fake.secret_key)
        async with (
            httpx.AsyncClient(transport=fake.transport()) as transport,
            CISession(fake.bucket, fake.region, credentials=keys, client=transport) as session,
            JobWatcher(session.describe_media_job) as watcher,
        ):
            app = CallbackApp(watcher.due_now, secret=SECRET)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
                wait = asyncio.create_task(watcher.wait(job_id))
                await fake.received(1)
                before = fake.request_count
                for _ in range(20):
                    await fake.deliver_callback(job_id, app.address(BASE), client=client, state="Success")
                await fake.received(before + 1)
                await asyncio.sleep(0.5)
                assert not wait.done()
                assert fake.request_count == before + 1
                await asyncio.sleep(1.5)
                fake.finish(job_id)
                before = fake.request_count
                begun = asyncio.get_running_loop().time()
                await fake.deliver_callback(job_id, app.address(BASE), client=client)
                assert (await wait).state is JobState.SUCCESS
                assert asyncio.get_running_loop().time() - begun < 0.1
                assert fake.request_count == before + 1

    virtual_time.run(main())
