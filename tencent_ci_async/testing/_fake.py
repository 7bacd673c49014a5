"""FakeCI: the state of the simulator and the ways to reach it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Final

import httpx

from tencent_ci_async.errors import ConfigurationError

from ._application import Application
from ._callbacks import CallbackBody, CallbackForm, callback_body, deliver, due_callback
from ._exchange import Receive, Scope, Send
from ._fake_queues import QueueControls
from ._faults import Fault, FaultQueue
from ._jobs import check_seconds
from ._log import RecordedRequest, RequestLog
from ._queues import default_queues
from ._service import Service
from ._signature import Key
from ._state import State
from ._thread import serving_in_thread
from ._transport import FakeTransport

__all__ = ["FakeCI"]

_SECRET_ID: Final = "AKIDEXAMPLEOFTHESIMULATOR00000000000"  # noqa: S105 - invented, and no secret
_SECRET_KEY: Final = "ExampleKeyOfTheSimulatorNotASecret00"  # noqa: S105 - invented, and no secret


class FakeCI(QueueControls):
    """A simulator of Tencent Cloud CI's media jobs, for tests and demonstrations.

    It takes jobs and keeps them; they move on by a clock. It has queues and templates, checks every signature
    and every submit by its own code, writes down every request, and lets things go wrong on demand. Reach it
    in process by ``transport()``, on a real socket by ``serve()``, or as an ASGI application; all three show
    the same state.

    Example:
        >>> fake = FakeCI()
        >>> job_id = fake.add_job("Concat", waits_for=1, runs_for=5)
        >>> fake.state(job_id)
        'Submitted'
    """

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        *,
        bucket: str = "examplebucket-1250000000",
        region: str = "ap-chongqing",
        credentials: Mapping[str, str] | tuple[str, str] = (_SECRET_ID, _SECRET_KEY),
        token: str | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_ids_per_request: int = 10,
        cancel_refusal: tuple[int, str] = (403, "AccessDenied"),
        check_signatures: bool = True,
        maximum_skew: float = 900,
        strict: bool = True,
        latency: float = 0.0,
    ) -> None:
        """Make a simulator without jobs.

        Args:
            bucket: The full bucket name, ``<BucketName>-<APPID>``.
            region: The region.
            credentials: The secret ids that may sign and their keys: a mapping, or one pair.
            token: The session token that every request must carry and sign; None for none.
            clock: The service's clock, in epoch seconds: jobs, signatures and ``Date`` go by it.
            sleep: How faults wait, in seconds.
            max_ids_per_request: More ids than that in one request are refused.
            cancel_refusal: Status and code of the answer to a cancel of a job that runs or has ended; no page
                tells them.
            check_signatures: False lets every request pass.
            maximum_skew: How far, in seconds, a ``Date`` header may be from the clock.
            strict: Whether the host, all query parameters, the token and the ``Content-*`` headers must be
                signed, and whether parameters and nodes are refused that the service is not known to heed.
                The service is more lenient; a client should not rely on that.
            latency: Seconds that every answer takes, by ``sleep``; a fault comes on top.

        Raises:
            ConfigurationError: There are no credentials, or the latency is negative.
        """
        check_seconds(latency=latency)
        pairs = {credentials[0]: credentials[1]} if isinstance(credentials, tuple) else dict(credentials)
        if not pairs:
            raise ConfigurationError("credentials must hold at least one secret id")
        self._first_pair = next(iter(pairs.items()))
        self._state = State(
            bucket=bucket,
            region=region,
            clock=clock,
            max_ids_per_request=max_ids_per_request,
            cancel_refusal=cancel_refusal,
            strict=strict,
            queues=default_queues(clock()),
        )
        self._service = Service(
            state=self._state,
            keys={secret_id: Key(secret_key, token) for secret_id, secret_key in pairs.items()},
            check_signatures=check_signatures,
            maximum_skew=maximum_skew,
            strict=strict,
        )
        self._called_back: set[str] = set()
        self._faults = FaultQueue()
        self._log = RequestLog()
        self._application = Application(self._service, self._faults, self._log, sleep, latency)

    def __repr__(self) -> str:
        return f"<FakeCI {self.host}: {len(self.jobs)} jobs, {self.request_count} requests>"

    # --- Where it is and who may sign ---------------------------------------------------------------

    @property
    def bucket(self) -> str:
        """The full bucket name."""
        return self._state.bucket

    @property
    def region(self) -> str:
        """The region."""
        return self._state.region

    @property
    def host(self) -> str:
        """The host name that the service has for the bucket."""
        return self._service.host

    @property
    def secret_id(self) -> str:
        """The first secret id given: one that may sign, unless it was revoked."""
        return self._first_pair[0]

    @property
    def secret_key(self) -> str:
        """The key of ``secret_id``."""
        return self._first_pair[1]

    def allow(self, secret_id: str, secret_key: str, *, token: str | None = None) -> None:
        """Let one more secret id sign, as after a rotation; ``token`` must then come with it."""
        self._service.keys[secret_id] = Key(secret_key, token)

    def revoke(self, secret_id: str) -> None:
        """Refuse a secret id from now on, as one that does not exist."""
        self._service.keys.pop(secret_id, None)

    # --- Jobs as JSON says them ---------------------------------------------------------------------

    def load_jobs(self, document: object) -> list[str]:
        """Add the jobs that a JSON document tells of: one object, or a list of them; all or none.

        Args:
            document: What ``json.loads`` returned. An object has the arguments of `add_job`; a duration may
                be the text ``forever``.

        Returns:
            The job ids.

        Raises:
            ConfigurationError: It is no such document; the message names the job and the member.
        """
        from ._by_json import add_jobs  # noqa: PLC0415 - few need it

        return add_jobs(self, document)

    # --- Callbacks ----------------------------------------------------------------------------------

    def callback_body(
        self, job_id: str, form: CallbackForm = "XML", *, state: str | None = None
    ) -> CallbackBody:
        """Return the body of a callback about a job as it stands now, and its content type.

        Args:
            job_id: The job. The service calls back only when it has ended in ``Success`` or ``Failed``.
            form: ``XML``; or ``JSON``, with ``JSON array`` where ``JobsDetail`` is an array and
                ``JSON wrapped`` where ``Response`` is around it all.
            state: What a forged callback claims; None for the truth.

        Raises:
            JobNotFoundError: There is no such job.
            ConfigurationError: There is no such form.

        Source: Tencent Cloud CI API, callback content.
        """
        job, now = self._state.find(job_id), self._state.clock()
        shown = job if state is None else job.pin(state, now)
        return callback_body(shown, now, form, self._state.place)

    async def deliver_callback(
        self,
        job_id: str,
        url: str,
        *,
        client: httpx.AsyncClient | None = None,
        form: CallbackForm = "XML",
        state: str | None = None,
    ) -> httpx.Response:
        """Post a callback about a job to an address, and return what was answered there.

        Args:
            job_id: The job.
            url: The address, such as ``CallbackApp.address`` gives.
            client: Sends it; None for a client that uses no proxy and waits 5 seconds at most.
            form: As for `callback_body`.
            state: As for `callback_body`.

        Raises:
            JobNotFoundError: There is no such job.
            ConfigurationError: There is no such form.
            httpx.HTTPError: Nobody answered.
        """
        return await deliver(self.callback_body(job_id, form, state=state), url, client)

    async def deliver_callbacks(
        self, *, client: httpx.AsyncClient | None = None
    ) -> dict[str, httpx.Response]:
        """Post the callbacks that are due, and return what was answered to each, by job id.

        Due are those of jobs that have ended in ``Success`` or ``Failed``, once each. A submit's ``CallBack``
        says where to, and beats the queue's ``NotifyConfig``; what goes to a message queue is not delivered.

        Args:
            client: Sends them; None for a client that uses no proxy and waits 5 seconds at most.

        Raises:
            httpx.HTTPError: Nobody answered; the callbacks after that one are still due.

        Source: Tencent Cloud CI API, callback content; UpdateMediaQueue, NotifyConfig.
        """
        answers: dict[str, httpx.Response] = {}
        for job_id in list(self._state.jobs):
            callback = due_callback(self._state, job_id)
            if callback is not None and job_id not in self._called_back:
                self._called_back.add(job_id)
                form: CallbackForm = "JSON" if callback.result_format == "JSON" else "XML"
                answers[job_id] = await self.deliver_callback(job_id, callback.url, client=client, form=form)
        return answers

    # --- Faults and the log -------------------------------------------------------------------------

    def inject(self, *faults: Fault) -> None:
        """Let these go wrong; the first that fits a request is used, in the order of injection."""
        for fault in faults:
            self._faults.add(fault)

    @property
    def pending_faults(self) -> tuple[Fault, ...]:
        """The faults still to come; ``times`` of each tells how many requests it is still to hit."""
        return self._faults.pending

    def clear_faults(self) -> None:
        """Forget all faults that are still to come."""
        self._faults.clear()

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests that came, oldest first; clear the list to begin anew."""
        return self._log.requests

    @property
    def request_count(self) -> int:
        """How many requests the log holds."""
        return len(self._log.requests)

    @property
    def in_flight(self) -> int:
        """How many requests are under way."""
        return self._log.in_flight

    @property
    def highest_in_flight(self) -> int:
        """How many requests were under way at most."""
        return self._log.highest_in_flight

    async def received(self, count: int) -> None:
        """Wait until the log holds at least ``count`` requests, answered or not."""
        await self._log.received(count)

    # --- Fronts -------------------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as an ASGI application, lifespan included."""
        await self._application(scope, receive, send)

    def transport(self) -> httpx.ASGITransport:
        """Return a transport for ``httpx.AsyncClient`` that ends in this simulator, without a socket.

        Faults that break a connection are raised as httpx's errors, and the client's read timeout counts.
        """
        return FakeTransport(self._application)

    def serve(
        self, host: str = "127.0.0.1", port: int = 0, *, control: bool = False
    ) -> AbstractAsyncContextManager[str]:
        """Listen on a socket, in the running event loop, for the length of an ``async with`` block.

        At the end of the block all connections are broken, whatever they are waiting for.

        Args:
            host: The address to listen on.
            port: The port; 0 for a free one.
            control: Whether jobs, faults and the log can be reached by HTTP under ``/_fake``, for tests that
                are not written in Python. Whoever reaches the port can then change everything.

        Returns:
            A context manager that yields the base URL, such as ``http://127.0.0.1:41234``.

        Raises:
            ModuleNotFoundError: uvicorn is not installed.
        """
        try:
            from ._server import serving  # noqa: PLC0415 - it needs an extra
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "FakeCI.serve() needs uvicorn: pip install 'tencent-ci-async[testing]'", name=error.name
            ) from error
        if not control:
            return serving(self._application, host, port)
        from ._control import ControlledApplication  # noqa: PLC0415 - few need it

        return serving(ControlledApplication(self, self._application, self._state.clock), host, port)

    def serve_in_thread(
        self, host: str = "127.0.0.1", port: int = 0, *, control: bool = False
    ) -> AbstractContextManager[str]:
        """Listen on a socket, in a thread of its own, for the length of a ``with`` block.

        For code under test that blocks, or that runs an event loop of its own by ``asyncio.run``. Jobs,
        faults and the log can be used from the test's thread meanwhile.

        Args:
            host: As for `serve`.
            port: As for `serve`.
            control: As for `serve`.

        Returns:
            A context manager that yields the base URL.

        Raises:
            ModuleNotFoundError: uvicorn is not installed.
        """
        return serving_in_thread(self.serve(host, port, control=control))
