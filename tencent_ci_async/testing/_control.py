"""The simulator's own API under ``/_fake``, for tests that are not written in Python."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import httpx

from tencent_ci_async.errors import ConfigurationError, JobNotFoundError

from ._application import Application, read_body
from ._by_json import add_jobs, fault_from, make_plan, members_of
from ._exchange import Receive, Scope, Send
from ._jobs import FakeJob
from ._log import RecordedRequest

if TYPE_CHECKING:
    from ._fake import FakeCI

__all__ = ["ControlledApplication"]

_PREFIX: Final = "/_fake"


class _Told(NamedTuple):
    """A request of a test."""

    job_id: str
    document: object


Handler = Callable[[_Told], Awaitable[object]]


class ControlledApplication:
    """An ASGI application: the simulator's own API under its prefix, and the service everywhere else."""

    def __init__(self, fake: FakeCI, application: Application, now: Callable[[], float]) -> None:
        self._fake = fake
        self._now = now
        self._application = application
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", ""): self._overview,
            ("GET", "jobs"): self._jobs,
            ("POST", "jobs"): self._add_jobs,
            ("DELETE", "jobs"): self._forget_all,
            ("GET", "jobs/"): self._job,
            ("PUT", "jobs/"): self._move,
            ("DELETE", "jobs/"): self._forget,
            ("POST", "plans"): self._plan,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._inject,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("POST", "callbacks"): self._call_back,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope of ASGI."""
        path = str(scope.get("path", ""))
        if scope["type"] == "http" and (path == _PREFIX or path.startswith(f"{_PREFIX}/")):
            body = await read_body(receive)
            if body is not None:
                status, document = await self._answer(str(scope["method"]), path, body)
                await _send_json(send, status, document)
        else:
            await self._application(scope, receive, send)

    async def _answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        what, slash, job_id = path.removeprefix(_PREFIX).strip("/").partition("/")
        handler = self._handlers.get((method, what + slash))
        if handler is None:
            return self._refuse(method, what + slash)
        try:
            return 200, await handler(_Told(job_id, json.loads(body) if body.strip() else None))
        except ConfigurationError as error:
            return 400, {"error": str(error)}
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            return 400, {"error": f"the body is no JSON: {error}"}
        except JobNotFoundError:
            return 404, {"error": f"there is no job {job_id!r}"}
        except httpx.HTTPError as error:
            return 502, {"error": f"a callback was not answered: {type(error).__name__}: {error}"}

    def _refuse(self, method: str, what: str) -> tuple[int, object]:
        methods = [known for known, path in self._handlers if path == what]
        if methods:
            return 405, {"error": f"{method} is not for this path; it takes {', '.join(methods)}"}
        paths = sorted(
            {f"{_PREFIX}/{path}{'<id>' if path[-1:] == '/' else ''}" for _, path in self._handlers}
        )
        return 404, {"error": f"there is nothing at this path; there are {', '.join(paths)}"}

    async def _overview(self, _told: _Told) -> object:
        fake = self._fake
        return {
            "bucket": fake.bucket,
            "region": fake.region,
            "jobs": len(fake.jobs),
            "requests": fake.request_count,
            "highest_in_flight": fake.highest_in_flight,
            "pending_faults": len(fake.pending_faults),
        }

    async def _jobs(self, _told: _Told) -> object:
        return {"jobs": [self._shown(job) for job in self._fake.jobs.values()]}

    async def _job(self, told: _Told) -> object:
        return self._shown(self._found(told))

    async def _add_jobs(self, told: _Told) -> object:
        return {"job_ids": add_jobs(self._fake, told.document)}

    async def _move(self, told: _Told) -> object:
        self._found(told)
        members = members_of(told.document, "the change")
        state, code, message = (members.pop(name, None) for name in ("state", "code", "message"))
        texts = isinstance(state, str) and all(
            each is None or isinstance(each, str) for each in (code, message)
        )
        if members or not texts:
            raise ConfigurationError(
                "a change has the text 'state', and for Failed the texts 'code', 'message'"
            )
        if state == "Failed":
            self._fake.fail(told.job_id, cast("str | None", code), cast("str | None", message))
        elif code is not None or message is not None:
            raise ConfigurationError("only a job that is to be Failed has a code and a message")
        else:
            self._fake.set_state(told.job_id, str(state))
        return self._shown(self._found(told))

    async def _forget(self, told: _Told) -> object:
        self._found(told)
        self._fake.forget(told.job_id)
        return {}

    async def _forget_all(self, _told: _Told) -> object:
        for job_id in list(self._fake.jobs):
            self._fake.forget(job_id)
        return {}

    async def _plan(self, told: _Told) -> object:
        make_plan(self._fake, told.document)
        return {}

    async def _faults(self, _told: _Told) -> object:
        return {"faults": [{"name": each.name, "times": each.times} for each in self._fake.pending_faults]}

    async def _inject(self, told: _Told) -> object:
        fault = fault_from(told.document)
        self._fake.inject(fault)
        return {"name": fault.name, "times": fault.times}

    async def _clear_faults(self, _told: _Told) -> object:
        self._fake.clear_faults()
        return {}

    async def _requests(self, _told: _Told) -> object:
        return {"requests": [_recorded(request) for request in self._fake.requests]}

    async def _clear_requests(self, _told: _Told) -> object:
        self._fake.requests.clear()
        return {}

    async def _call_back(self, _told: _Told) -> object:
        answers = await self._fake.deliver_callbacks()
        return {"delivered": {job_id: answer.status_code for job_id, answer in answers.items()}}

    def _found(self, told: _Told) -> FakeJob:
        job = self._fake.jobs.get(told.job_id)
        if job is None:
            raise JobNotFoundError(told.job_id)
        return job

    def _shown(self, job: FakeJob) -> dict[str, object]:
        moment = job.moment(self._now())
        return {"job_id": job.job_id, "tag": job.tag, "state": moment.state, "progress": moment.progress}


def _recorded(request: RecordedRequest) -> dict[str, object]:
    # Not the headers, which hold the signature and the token.
    return {
        "number": request.number,
        "method": request.method,
        "path": request.path,
        "query": list(map(list, request.query.multi_items())),
        "body": request.body.decode(errors="replace"),
        "job_ids": list(request.job_ids),
        "status": request.status,
        "fault": request.fault,
        "signature_accepted": request.signature.accepted,
        "signature_message": request.signature.message,
    }


async def _send_json(send: Send, status: int, document: object) -> None:
    body = json.dumps(document, ensure_ascii=False).encode() + b"\n"
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
