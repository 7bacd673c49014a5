"""FaultServer: the simulator behind a raw HTTP server that lets a share of the answers go wrong."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from random import Random
from types import TracebackType
from typing import Final, cast

from tencent_ci_async.errors import ConfigurationError

from ._fake import FakeCI
from ._families import job_ids_in
from ._fault_server_http import HTTPConnection, HTTPRequest
from ._fault_server_kinds import Hit, SwapDesk, WireFault, make_fault
from ._log import RecordedRequest

__all__ = ["FaultServer"]

_BACKLOG: Final = 2_048
# So many ids lately asked for are remembered, to be put into answers where they do not belong.
_STRANGERS: Final = 64


class FaultServer:
    """A `FakeCI` on a real socket, behind an HTTP server of its own that breaks answers as drawn.

    ``FakeCI.serve()`` speaks good HTTP; this server also does what no good server would. Jobs, signature
    check, log and clock are the simulator's, and its own ``inject`` works here as well and comes first.
    Nothing needs to be installed.

    Each answer goes wrong with the chance ``share``; what happens to it is drawn from ``faults``. The draws
    are the same for the same seed, in the order in which requests come.

    Example:
        ::

            fake = FakeCI()
            server = FaultServer(fake, faults=[WireFault.STALL, WireFault.GARBAGE], share=0.2, seed=7)
            async with server as base:
                async with CISession(fake.bucket, fake.region, endpoint=base, ...) as session:
                    outcomes = await session.describe_all(fake.jobs)
            assert server.counts[WireFault.GARBAGE] > 0

        One fault, for the next answer only::

            server = FaultServer(fake)
            server.script(WireFault.RESET_IN_BODY)

    Attributes:
        counts: How many answers each fault has met.
    """

    def __init__(
        self,
        fake: FakeCI,
        *,
        faults: Mapping[WireFault, float] | Iterable[WireFault] = (),
        share: float = 0.2,
        seed: int = 0,
        stall: float = 3.0,
        drip: float = 0.1,
        bomb_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        """Make a server that does not listen yet.

        Args:
            fake: The simulator that has the right answers.
            faults: What is drawn from: kinds, or their relative weights; nothing for scripted faults only.
            share: The chance of an answer to go wrong, 0 to 1.
            seed: Where the draws begin.
            stall: Seconds that ``WireFault.STALL`` waits, by the simulator's ``sleep``.
            drip: Seconds between two bytes of ``WireFault.SLOW_LORIS``, by the simulator's ``sleep``.
            bomb_bytes: Bytes to which the body of ``WireFault.GZIP_BOMB`` inflates.

        Raises:
            ConfigurationError: A value is out of range.
        """
        weights = _weights(faults)
        if not all(weight > 0 and math.isfinite(weight) for weight in weights.values()):
            raise ConfigurationError("the weight of a fault must be a positive number")
        if not 0 <= share <= 1:
            raise ConfigurationError(f"share is {share}: it must lie between 0 and 1")
        for name, value in (("stall", stall), ("drip", drip), ("bomb_bytes", bomb_bytes)):
            if not value >= 0:
                raise ConfigurationError(f"{name} is {value}: it must be 0 or more")
        self.counts: Counter[WireFault] = Counter()
        self._fake = fake
        self._kinds = [WireFault(kind) for kind in weights]
        self._weights = list(weights.values())
        self._share = share
        self._random = Random(seed)  # noqa: S311 - chance for tests, no secret
        self._stall = stall
        self._drip = drip
        self._bomb_bytes = bomb_bytes
        self._script: deque[WireFault | None] = deque()
        self._strangers: deque[str] = deque(maxlen=_STRANGERS)
        self._desk = SwapDesk()
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.Task[None], HTTPConnection] = {}
        self._connections_made = 0
        self._failures: list[BaseException] = []

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._serving)

    @property
    def connections_made(self) -> int:
        """How many connections have been opened since the start."""
        return self._connections_made

    def script(self, *faults: WireFault | None) -> None:
        """Say what happens to the next answers, one each; None for a good one. The draws go on after them."""
        self._script.extend(None if fault is None else WireFault(fault) for fault in faults)

    async def __aenter__(self) -> str:
        """Listen on a free port of the loopback address.

        Returns:
            The base URL, such as ``http://127.0.0.1:41234``.

        Raises:
            ConfigurationError: It listens already.
        """
        if self._server is not None:
            raise ConfigurationError("the server listens already")
        host = "127.0.0.1"
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._connect(host), host, 0, backlog=_BACKLOG)
        return f"http://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening and break all connections, whatever they wait for; nothing is left running.

        Raises:
            Exception: What went wrong in the server itself, such as a function given to ``Fault``.
        """
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for task, connection in self._serving.items():
            connection.reset()
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)
        if server is not None:
            await server.wait_closed()
        failures, self._failures = self._failures, []
        if failures and error is None:
            raise failures[0]

    def _connect(self, host: str) -> HTTPConnection:
        self._connections_made += 1
        connection = HTTPConnection(self._serve, host, lambda task: self._opened(task, connection))
        return connection

    def _opened(self, task: asyncio.Task[None], connection: HTTPConnection) -> None:
        self._serving[task] = connection
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._serving[task]
        if not task.cancelled() and (failure := task.exception()) is not None:
            self._failures.append(failure)

    async def _serve(self, connection: HTTPConnection, request: HTTPRequest) -> None:
        kind = self._draw(connection)
        scope = connection.scope(request)
        if kind is not None:
            self._prepare(kind, connection, scope.get("client"))
        self._strangers.extend(job_ids_in(request.target.decode("latin-1")))
        await self._fake(scope, connection.receive, connection.send)

    def _draw(self, connection: HTTPConnection) -> WireFault | None:
        if self._desk.is_waiting_for(connection):
            return WireFault.SWAPPED
        if self._script:
            return self._script.popleft()
        if self._kinds and self._random.random() < self._share:
            return self._random.choices(self._kinds, self._weights)[0]
        return None

    def _prepare(self, kind: WireFault, connection: HTTPConnection, client: object) -> None:
        """Put the fault into the simulator's queue, from which this very request will take it."""

        def fits(recorded: RecordedRequest) -> bool:
            return recorded.client == client

        def count() -> None:
            self.counts[kind] += 1

        if kind is not WireFault.SWAPPED:
            count()
        hit = Hit(
            connection=connection,
            random=self._random,
            strangers=tuple(self._strangers),
            desk=self._desk,
            count=count,
            stall=self._stall,
            drip=self._drip,
            bomb_bytes=self._bomb_bytes,
            fits=fits,
        )
        self._fake.inject(make_fault(kind, hit))


def _weights(faults: Mapping[WireFault, float] | Iterable[WireFault]) -> dict[WireFault, float]:
    if isinstance(faults, Mapping):
        return dict(cast("Mapping[WireFault, float]", faults))
    return dict.fromkeys(faults, 1.0)
