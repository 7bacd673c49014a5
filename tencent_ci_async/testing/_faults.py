"""What can be made to go wrong, request by request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

from tencent_ci_async.errors import ConfigurationError

from ._exchange import Exchange
from ._families import MEDIA
from ._listing import list_jobs
from ._log import RecordedRequest
from ._routes import describe_jobs, listed_family
from ._service import Answer, override
from ._state import State

__all__ = ["Fault", "FaultQueue"]

When = Callable[[RecordedRequest], bool] | str | Collection[str] | None
HeaderValues = Mapping[str, str] | Iterable[tuple[str, str]]

_MESSAGE: Final = "This answer was asked for by a test"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong for the next request that it fits; made by one of the methods below.

    All of them take ``times``, how many requests are hit (None: all from now on), and ``when``, which
    requests it fits: a function of the ``RecordedRequest``, or job ids of which one must be asked for.

    Example:
        >>> Fault.status(429, "SlowDown", headers={"Retry-After": "2"}, times=3).name
        'status 429 SlowDown'

    Attributes:
        name: What it does, in a few words; the log shows it.
        times: How many requests it hits.
    """

    name: str
    times: int | None = field(repr=False)
    _when: When = field(repr=False)
    _act: Callable[[Exchange], Awaitable[None]] = field(repr=False)

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ConfigurationError(f"times must be 1 or more, or None for ever, not {self.times!r}")

    @classmethod
    def status(
        cls,
        status: int,
        code: str = "InternalError",
        message: str = _MESSAGE,
        *,
        headers: HeaderValues = (),
        served: bool = False,
        times: int | None = 1,
        when: When = None,
    ) -> Fault:
        """An error of the service, with the body and the headers that its errors have.

        Args:
            status: The HTTP status.
            code: The error code, such as ``SlowDown``.
            message: The message.
            headers: More headers, or others in place of the usual ones; pairs may repeat a name.
            served: Whether the request has done its work all the same, such as a submit its job.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """
        pairs = _pairs(headers)

        async def act(exchange: Exchange) -> None:
            if served:
                exchange.answer()
            await exchange.send(exchange.service.error(exchange.request, status, code, message, pairs))

        return cls(f"status {status} {code}", times, when, act)

    @classmethod
    def body(
        cls,
        status: int,
        body: bytes | Iterable[bytes] = b"",
        headers: HeaderValues = (),
        *,
        times: int | None = 1,
        when: When = None,
    ) -> Fault:
        """Any status with any body: a proxy's page, an empty answer, a compressed bomb.

        Args:
            status: The HTTP status.
            body: The body; pieces are sent one by one, without a length. They may be endless, but then not
                in process, where a body is always gathered first.
            headers: More headers, or others in place of the usual ones; pairs may repeat a name.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """
        pairs = _pairs(headers)

        async def act(exchange: Exchange) -> None:
            own = exchange.service.headers(exchange.request)
            await exchange.send(Answer(status, override(own, pairs), body))

        return cls(f"body {status}", times, when, act)

    @classmethod
    def answer_for(
        cls,
        job_ids: Iterable[str] | Callable[[tuple[str, ...]], Iterable[str]],
        *,
        times: int | None = 1,
        when: When = None,
    ) -> Fault:
        """A good answer to another question: ids left out, added, repeated, or foreign ones.

        Args:
            job_ids: The ids that are answered, or a function that makes them of the ids asked for.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """
        rewrite = job_ids if callable(job_ids) else _always(tuple(job_ids))

        async def act(exchange: Exchange) -> None:
            request, service = exchange.request, exchange.service
            document = describe_jobs(service.state, rewrite(request.job_ids))
            await exchange.send(Answer(200, service.headers(request), document))

        return cls("answer for other ids", times, when, act)

    @classmethod
    def delay(cls, seconds: float, *, times: int | None = 1, when: When = None) -> Fault:
        """The real answer, ``seconds`` later, as things stand then.

        Args:
            seconds: How long the simulator's ``sleep`` is asked to wait.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """

        async def act(exchange: Exchange) -> None:
            if await exchange.wait(seconds):
                await exchange.send(exchange.answer())

        return cls(f"delay {seconds:g} s", times, when, act)

    @classmethod
    def stall(cls, *, served: bool = False, times: int | None = 1, when: When = None) -> Fault:
        """No answer at all, until the client goes away.

        Args:
            served: Whether the request has done its work all the same, such as a submit its job.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """

        async def act(exchange: Exchange) -> None:
            if served:
                exchange.answer()
            await exchange.until_gone()

        return cls("stall", times, when, act)

    @classmethod
    def trickle(
        cls, interval: float, *, piece_bytes: int = 1, times: int | None = 1, when: When = None
    ) -> Fault:
        """The real answer, a small piece at a time.

        Args:
            interval: Seconds before each piece, by the simulator's ``sleep``.
            piece_bytes: The length of a piece.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """

        async def act(exchange: Exchange) -> None:
            await exchange.send_slowly(exchange.answer(), piece_bytes=piece_bytes, interval=interval)

        return cls(f"trickle {piece_bytes} bytes each {interval:g} s", times, when, act)

    @classmethod
    def reset(cls, *, served: bool = False, times: int | None = 1, when: When = None) -> Fault:
        """The connection breaks before any byte of an answer: ``httpx.ReadError``.

        Args:
            served: Whether the request has done its work all the same, such as a submit its job.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """

        async def act(exchange: Exchange) -> None:
            if served:
                exchange.answer()
            await exchange.reset()

        return cls("reset", times, when, act)

    @classmethod
    def close(cls, *, served: bool = False, times: int | None = 1, when: When = None) -> Fault:
        """The connection is closed in good order before any byte: ``httpx.RemoteProtocolError``.

        Args:
            served: Whether the request has done its work all the same, such as a submit its job.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """

        async def act(exchange: Exchange) -> None:
            if served:
                exchange.answer()
            await exchange.close()

        return cls("close", times, when, act)

    @classmethod
    def cut(cls, after_bytes: int = 20, *, times: int | None = 1, when: When = None) -> Fault:
        """The real answer, ended before its promised length: ``httpx.RemoteProtocolError``.

        Args:
            after_bytes: How many bytes of the body are sent.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """

        async def act(exchange: Exchange) -> None:
            await exchange.send_cut(exchange.answer(), after_bytes=after_bytes)

        return cls(f"cut after {after_bytes} bytes", times, when, act)

    @classmethod
    def raw(cls, data: bytes, *, times: int | None = 1, when: When = None) -> Fault:
        """Bytes as they are in place of an answer, then the end: ``httpx.RemoteProtocolError`` for nonsense.

        In process, where there is no wire, it is that error whatever the bytes are.

        Args:
            data: What is written to the connection.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """

        async def act(exchange: Exchange) -> None:
            await exchange.send_raw(data)

        return cls("raw bytes", times, when, act)

    @classmethod
    def repeat_token(
        cls, *, times: int | None = 1, when: Callable[[RecordedRequest], bool] | None = None
    ) -> Fault:
        """A page of a list that names its own token as the next one, so that a client may go in a circle.

        It fits requests for a further page only.

        Args:
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """
        return cls("repeated token", times, _further_pages(when), _list(repeats_token=True))

    @classmethod
    def repeat_jobs(
        cls, count: int = 1, *, times: int | None = 1, when: Callable[[RecordedRequest], bool] | None = None
    ) -> Fault:
        """A page of a list that begins with the last jobs of the page before.

        It fits requests for a further page only.

        Args:
            count: How many jobs come once more.
            times: How many requests are hit; None for all.
            when: Which requests it fits; None for all.
        """
        return cls(f"{count} repeated jobs", times, _further_pages(when), _list(repeats_jobs=count))

    def fits(self, request: RecordedRequest) -> bool:
        """Return whether the fault is for this request."""
        if self._when is None:
            return True
        if callable(self._when):
            return self._when(request)
        wanted = {self._when} if isinstance(self._when, str) else set(self._when)
        return not wanted.isdisjoint(request.job_ids)

    async def act(self, exchange: Exchange) -> None:
        """Let it happen."""
        exchange.request.fault = self.name
        await self._act(exchange)


class FaultQueue:
    """The faults still to come, first in, first out."""

    def __init__(self) -> None:
        self._faults: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Put a fault at the end."""
        self._faults.append((fault, fault.times))

    @property
    def pending(self) -> tuple[Fault, ...]:
        """Those still to come, each with the number of requests that it is still to hit."""
        return tuple(replace(fault, times=left) for fault, left in self._faults)

    def clear(self) -> None:
        """Forget all of them."""
        self._faults.clear()

    def take(self, request: RecordedRequest) -> Fault | None:
        """Return the first fault that fits, and count it as used once."""
        for index, (fault, left) in enumerate(self._faults):
            if fault.fits(request):
                if left == 1:
                    del self._faults[index]
                elif left is not None:
                    self._faults[index] = (fault, left - 1)
                return fault
        return None


def _pairs(headers: HeaderValues) -> tuple[tuple[str, str], ...]:
    if isinstance(headers, Mapping):
        return tuple(cast("Mapping[str, str]", headers).items())
    return tuple(headers)


def _always(job_ids: tuple[str, ...]) -> Callable[[tuple[str, ...]], Iterable[str]]:
    def rewrite(_asked: tuple[str, ...]) -> Iterable[str]:
        return job_ids

    return rewrite


def _further_pages(when: Callable[[RecordedRequest], bool] | None) -> Callable[[RecordedRequest], bool]:
    def fits(request: RecordedRequest) -> bool:
        further = listed_family(request) is not None and bool(request.query.get("nextToken"))
        return further and (when is None or when(request))

    return fits


def _list(*, repeats_token: bool = False, repeats_jobs: int = 0) -> Callable[[Exchange], Awaitable[None]]:
    def handle(state: State, request: RecordedRequest) -> bytes:
        family = listed_family(request) or MEDIA
        return list_jobs(state, request, family, repeats_token=repeats_token, repeats_jobs=repeats_jobs)

    async def act(exchange: Exchange) -> None:
        await exchange.send(exchange.answer(handle))

    return act
