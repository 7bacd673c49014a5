"""FakeCI: the state of the simulator and the ways to reach it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import httpx

from tencent_ci_async.errors import ConfigurationError

from ._application import Application
from ._callbacks import CallbackBody, CallbackForm, callback_body, deliver
from ._documents import WRITES_NOTHING
from ._exchange import Receive, Scope, Send
from ._faults import Fault, FaultQueue
from ._jobs import FakeJob
from ._log import RecordedRequest, RequestLog
from ._service import Service
from ._signature import Key
from ._transport import FakeTransport

__all__ = ["FakeCI"]

_SECRET_ID: Final = "AKIDEXAMPLEOFTHESIMULATOR00000000000"  # noqa: S105 - invented, and no secret
_SECRET_KEY: Final = "ExampleKeyOfTheSimulatorNotASecret00"  # noqa: S105 - invented, and no secret


class FakeCI:
    """A simulator of Tencent Cloud CI's media jobs, for tests and demonstrations.

    It keeps jobs that move on by a clock, checks every signature by its own code, writes down every request,
    and lets things go wrong on demand. Reach it in process by ``transport()``, on a real socket by
    ``serve()``, or as an ASGI application; all three show the same state.

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
        check_signatures: bool = True,
        maximum_skew: float = 900,
        strict: bool = True,
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
            check_signatures: False lets every request pass.
            maximum_skew: How far, in seconds, a ``Date`` header may be from the clock.
            strict: Whether the host, all query parameters, the token and the ``Content-*`` headers must be
                signed. The service is more lenient; a client should not rely on that.

        Raises:
            ConfigurationError: There are no credentials.
        """
        pairs = {credentials[0]: credentials[1]} if isinstance(credentials, tuple) else dict(credentials)
        if not pairs:
            raise ConfigurationError("credentials must hold at least one secret id")
        self._first_pair = next(iter(pairs.items()))
        self._clock = clock
        self._service = Service(
            bucket=bucket,
            region=region,
            clock=clock,
            jobs={},
            keys={secret_id: Key(secret_key, token) for secret_id, secret_key in pairs.items()},
            max_ids_per_request=max_ids_per_request,
            check_signatures=check_signatures,
            maximum_skew=maximum_skew,
            strict=strict,
        )
        self._faults = FaultQueue()
        self._log = RequestLog()
        self._application = Application(self._service, self._faults, self._log, sleep)
        self._jobs_made = 0

    def __repr__(self) -> str:
        return f"<FakeCI {self.host}: {len(self.jobs)} jobs, {self.request_count} requests>"

    # --- Where it is and who may sign ---------------------------------------------------------------

    @property
    def bucket(self) -> str:
        """The full bucket name."""
        return self._service.bucket

    @property
    def region(self) -> str:
        """The region."""
        return self._service.region

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

    # --- Jobs ---------------------------------------------------------------------------------------

    @property
    def jobs(self) -> Mapping[str, FakeJob]:
        """The jobs by id, in the order of their submission."""
        return MappingProxyType(self._service.jobs)

    def add_job(  # noqa: PLR0913 - a job has many sides, and each has a default
        self,
        tag: str = "Concat",
        *,
        job_id: str | None = None,
        waits_for: float = 0.0,
        runs_for: float = 0.0,
        appears_after: float = 0.0,
        outcome: str = "Success",
        code: str = "ResourceNotSupported",
        message: str = "The input object can not be decoded",
        input_object: str | None = "input/part-1.mp4",
        output_object: str | None = None,
        reports_progress: bool | None = None,
        operation: Mapping[str, object] | None = None,
    ) -> str:
        """Submit a job now, by the clock; by default it is done at once.

        Args:
            tag: The kind of job.
            job_id: The id; None for an invented one, the same in every run.
            waits_for: Seconds in ``Submitted``.
            runs_for: Seconds in ``Running``; ``math.inf`` for ever.
            appears_after: Seconds during which the id is still reported as non-existent.
            outcome: The state after that, such as ``Success``, ``Failed``, ``Cancel``, ``Pause`` or one that
                the service adds tomorrow.
            code: The job's own code, shown when it is ``Failed``.
            message: The job's own message, shown when it is ``Failed``.
            input_object: The key of the input; None for none.
            output_object: The key of the output; None for one that holds the id, where the tag writes a file.
            reports_progress: Whether the wire shows ``Progress``; None for what the tag does (Transcode).
            operation: More nodes for ``Operation``, by their wire names.

        Returns:
            The job id.

        Raises:
            ConfigurationError: The id is taken, or a time is negative.
        """
        if job_id is None:
            job_id = self._next_job_id()
        if job_id in self._service.jobs:
            raise ConfigurationError(f"there is a job {job_id!r} already")
        if output_object is None and tag not in WRITES_NOTHING:
            output_object = f"output/{job_id}.mp4"
        self._service.jobs[job_id] = FakeJob(
            job_id=job_id,
            tag=tag,
            created=self._clock(),
            waits_for=waits_for,
            runs_for=runs_for,
            appears_after=appears_after,
            outcome=outcome,
            code=code,
            message=message,
            input_object=input_object,
            output_object=output_object,
            reports_progress=tag == "Transcode" if reports_progress is None else reports_progress,
            operation=dict(operation or {}),
        )
        return job_id

    def state(self, job_id: str) -> str:
        """Return the state of a job now.

        Raises:
            JobNotFoundError: There is no such job.
        """
        return self._service.find(job_id).moment(self._clock()).state

    def set_state(self, job_id: str, state: str) -> None:
        """Put a job into a state, in which it stays.

        Raises:
            JobNotFoundError: There is no such job.
        """
        job = self._service.find(job_id)
        self._service.jobs[job_id] = job.pin(state, self._clock())

    def finish(self, job_id: str) -> None:
        """End a job with ``Success`` now.

        Raises:
            JobNotFoundError: There is no such job.
        """
        self.set_state(job_id, "Success")

    def fail(self, job_id: str, code: str | None = None, message: str | None = None) -> None:
        """End a job with ``Failed`` now; ``code`` and ``message`` take the place of its own.

        Raises:
            JobNotFoundError: There is no such job.
        """
        job = self._service.find(job_id)
        self._service.jobs[job_id] = replace(
            job.pin("Failed", self._clock()),
            code=job.code if code is None else code,
            message=job.message if message is None else message,
        )

    def forget(self, job_id: str) -> None:
        """Drop a job: from now on it is reported as non-existent.

        Raises:
            JobNotFoundError: There is no such job.
        """
        del self._service.jobs[self._service.find(job_id).job_id]

    def _next_job_id(self) -> str:
        self._jobs_made += 1
        return "j" + hashlib.sha256(f"job-{self._jobs_made}".encode()).hexdigest()[:32]

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
        job, now = self._service.find(job_id), self._clock()
        shown = job if state is None else job.pin(state, now)
        return callback_body(shown, now, form, bucket=self.bucket, region=self.region)

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

    # --- Faults and the log -------------------------------------------------------------------------

    def inject(self, *faults: Fault) -> None:
        """Let these go wrong; the first that fits a request is used, in the order of injection."""
        for fault in faults:
            self._faults.add(fault)

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

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
        """Listen on a socket, in the running event loop, for the length of an ``async with`` block.

        At the end of the block all connections are broken, whatever they are waiting for.

        Args:
            host: The address to listen on.
            port: The port; 0 for a free one.

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
        return serving(self._application, host, port)
