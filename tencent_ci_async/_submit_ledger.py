"""Which jobs have been submitted, written down in Redis so that no worker submits one again."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from ._operations import JobFamily
from ._redis_script import RedisClient, Script, check_client
from ._timing import Timing
from .errors import CIError, ConfigurationError, RequestTimeoutError, SubmissionUnknownError
from .models import CreateMediaJobsResult, MediaJobRequest

if TYPE_CHECKING:
    from ._session import CISession

__all__ = ["RedisSubmitLedger"]

# How far the clocks of Redis and of the service may differ.
_CLOCK_MARGIN: Final = timedelta(seconds=120)
_LOOK_AGAIN_AFTER: Final = 1.0
_UNKNOWN_AT_MOST: Final = 3

_BUSY, _FIRST, _AGAIN, _DONE = range(4)

# An entry begins with a claim, which holds for the length of the lease. It then has the job, or is gone
# because the service refused; if it has neither, nobody knows whether the job exists.
_CLAIM: Final = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local token, lease, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'job', 'tried', 'until')
if kept[1] then return {3, kept[1]} end
local rest = tonumber(kept[3] or 0) - now
if rest > 0 then return {0, string.format('%.0f', rest)} end
local text = string.format('%.0f', now)
redis.call('HSETNX', KEYS[1], 'tried', text)
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + lease), 'token', token)
redis.call('PEXPIRE', KEYS[1], keep)
return {kept[2] and 2 or 1, kept[2] or text}
""")
_RENEW: Final = Script("""
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + tonumber(ARGV[2])))
return 1
""")
_RECORD: Final = Script("""
redis.call('HSETNX', KEYS[1], 'job', ARGV[1])
redis.call('HDEL', KEYS[1], 'until', 'token')
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
return redis.call('HGET', KEYS[1], 'job')
""")
_GIVE_UP: Final = Script("""
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
if ARGV[2] == 'refused' then redis.call('DEL', KEYS[1]) else redis.call('HDEL', KEYS[1], 'until', 'token') end
return 1
""")

_logger = logging.getLogger("tencent_ci_async.ledger")


class RedisSubmitLedger:
    """Submits each job once, although the task that does it may be run again, or twice at the same time.

    A queue delivers a message again when its worker died, and the service takes the same request twice for
    two jobs. The ledger goes by the ``user_data`` of the request. Before a submit it writes a claim to Redis,
    after it the job's id. Whoever comes later is given that id. Whoever finds a claim but no id waits until
    the lease of the claim is over, looks for the job by `CISession.find_submitted`, and submits only when
    there is none.

    So there is at most one job for each ``user_data``, as long as Redis keeps what it was told (no eviction,
    and persistence if it is to survive a restart of Redis), jobs appear in the service's lists within
    ``appears_within``, the clocks of Redis and of the service differ by less than 2 minutes, and no process
    is frozen in the middle of a submit for longer than ``appears_within``.

    Args:
        client: An asyncio client, such as ``redis.asyncio.Redis``. It belongs to one event loop, so the
            ledger does as well. Whoever made it closes it.
        name: Tells ledgers on the same Redis apart.
        lease: Seconds that a claim holds. After the death of a worker, its job is looked for that much later.
        appears_within: Seconds after which a submitted job is in the service's lists. A submit that takes
            longer than ``lease - appears_within`` is broken off, and its job looked for.
        keep_for: Seconds after which an entry is forgotten; 30 days by default. A message that is delivered
            again after that is submitted again.
        max_in_flight: Submits under way at once; more wait before their claim, so that a death leaves few
            jobs to be looked for. As many as the session has is a good number.
        timing: Sleep; only tests need another.

    Raises:
        ConfigurationError: A value is out of range, or the client runs no scripts.
    """

    def __init__(
        self,
        client: RedisClient,
        *,
        name: str = "jobs",
        lease: float = 60.0,
        appears_within: float = 15.0,
        keep_for: float = 30 * 86_400.0,
        max_in_flight: int = 8,
        timing: Timing | None = None,
    ) -> None:
        check_client(client)
        if not 0 < appears_within < lease < keep_for < math.inf:
            raise ConfigurationError(
                f"appears_within is {appears_within} s, lease {lease} s and keep_for {keep_for} s: each must "
                "be longer than the one before"
            )
        if max_in_flight < 1:
            raise ConfigurationError(f"max_in_flight is {max_in_flight}: it must be at least 1")
        self._client = client
        self._prefix = f"tencent-ci:submitted:{name}:"
        self._lease, self._keep = (str(round(1_000 * each)) for each in (lease, keep_for))
        self._longest_submit = lease - appears_within
        self._gate = asyncio.Semaphore(max_in_flight)
        self._timing = timing or Timing()

    async def submit(
        self, session: CISession, request: MediaJobRequest, *, family: JobFamily = JobFamily.MEDIA
    ) -> str:
        """Submit the job of a request unless that was done before, and return its id.

        Cancelling it is safe at any moment: the next call finds out what became of it.

        Args:
            session: The `CISession` to submit by.
            request: What to do: one operation, with a ``user_data`` that no other job has, such as the number
                of the order. A job that failed is submitted anew under another one.
            family: The family of the job, where it is not that of media jobs.

        Returns:
            The id of the job, whoever submitted it.

        Raises:
            ConfigurationError: The request has no ``user_data``, no ``tag`` or several operations, or cannot
                be right; or there are no credentials.
            SubmissionUnknownError: After three attempts it is still not known whether the job exists. A later
                call looks for it first.
            CIError: The service refused, or the request never left, as from `CISession.create_media_job`; no
                job exists, and a later call submits. Or the search failed, as from
                `CISession.find_submitted`; a later call searches again.
            Exception: What the client raises. Either nothing was sent, or a later call finds the job.
        """
        user_data, tag = _handle(request)
        entry = _Entry(self._prefix + user_data, user_data, tag, family, secrets.token_hex(8))
        unknown = 0
        while True:
            async with self._gate:
                answer, value = await self._claim(entry)
                if answer == _DONE:
                    return value
                if answer != _BUSY:
                    try:
                        job_id = await self._attempt(session, request, entry, tried=_tried(answer, value))
                        if job_id is not None:
                            return job_id
                    except SubmissionUnknownError as error:
                        unknown += 1
                        if unknown == _UNKNOWN_AT_MOST:
                            raise
                        _logger.info("%s", error)
            # Somebody else submits it, or it is not known yet whether it was submitted.
            rest = float(value) / 1_000 if answer == _BUSY else _LOOK_AGAIN_AFTER
            await self._timing.sleep(min(rest + 0.001, _LOOK_AGAIN_AFTER))

    async def _attempt(
        self, session: CISession, request: MediaJobRequest, entry: _Entry, *, tried: datetime | None
    ) -> str | None:
        """Submit with a claim in hand; `tried` is when somebody may have done so before.

        Returns None if the claim was lost during the search for what was submitted before.
        """
        if tried is not None:
            if (job_id := await self._find(session, entry, tried)) is not None:
                return await self._record(entry, job_id)
            # A search may take longer than the lease; from here on there is the whole of it again.
            if not await _RENEW.run(self._client, entry.key, entry.token, self._lease):
                return None
        try:
            result = await self._submit(session, request, entry)
        except SubmissionUnknownError:
            raise
        except CIError:
            # It was refused or never left: there is no job, and the next call need not look for one.
            await self._give_up(entry, "refused")
            raise
        return await self._record(entry, result.job_id)

    async def _submit(
        self, session: CISession, request: MediaJobRequest, entry: _Entry
    ) -> CreateMediaJobsResult:
        timer = asyncio.timeout(self._longest_submit)
        began = self._timing.wall_clock()
        try:
            async with timer:
                return await session.create_media_job(request, family=entry.family)
        except TimeoutError:
            if not timer.expired():
                raise
        message = f"the submit of {entry.user_data!r} took longer than {self._longest_submit:g} s"
        raise SubmissionUnknownError(
            f"the job may have been submitted, or not: {message}. Submit it again by the same ledger, "
            "which looks for it first",
            failure=RequestTimeoutError(message),
            tag=entry.tag,
            user_data=entry.user_data,
            sent_at=datetime.fromtimestamp(began, UTC),
        )

    async def _find(self, session: CISession, entry: _Entry, tried: datetime) -> str | None:
        try:
            found = await session.find_submitted(
                user_data=entry.user_data, tag=entry.tag, since=tried - _CLOCK_MARGIN, family=entry.family
            )
        except CIError:
            # Nothing was sent under this claim.
            await self._give_up(entry, "not found out")
            raise
        job_ids = [job.job_id for job in found if job.job_id is not None]
        _logger.info(
            "a worker had claimed %r and not said what became of it: %s",
            entry.user_data,
            f"it is job {job_ids[-1]}" if job_ids else "it was not submitted",
        )
        # The oldest, should somebody have submitted it in another way as well.
        return job_ids[-1] if job_ids else None

    async def _claim(self, entry: _Entry) -> tuple[int, str]:
        reply = await _CLAIM.run(self._client, entry.key, entry.token, self._lease, self._keep)
        if isinstance(reply, list) and len(cast("list[object]", reply)) == 2:
            answer, value = cast("list[object]", reply)
            if isinstance(answer, int) and _BUSY <= answer <= _DONE:
                return answer, _text(value)
        raise ConfigurationError(
            f"the answer {reply!r:.60} is not that of the ledger's script: is this a Redis?"
        )

    async def _record(self, entry: _Entry, job_id: str) -> str:
        return _text(await _RECORD.run(self._client, entry.key, job_id, self._keep))

    async def _give_up(self, entry: _Entry, reason: str) -> None:
        try:
            await _GIVE_UP.run(self._client, entry.key, entry.token, reason)
        # The claim runs out by itself; what the service said matters more.
        except Exception as error:  # noqa: BLE001
            _logger.info("the claim on %r could not be given up: %s", entry.user_data, error)


class _Entry(NamedTuple):
    key: str
    user_data: str
    tag: str
    family: JobFamily
    token: str


def _tried(answer: int, milliseconds: str) -> datetime | None:
    return datetime.fromtimestamp(float(milliseconds) / 1_000, UTC) if answer == _AGAIN else None


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _handle(request: MediaJobRequest) -> tuple[str, str]:
    """Return what the job of a request is found by."""
    if len(request.operation) != 1:
        raise ConfigurationError(
            f"the request has {len(request.operation)} operations: give the ledger one at a time, each with "
            "a user_data of its own"
        )
    [operation] = request.operation
    user_data = (operation.user_data or "").strip()
    if not user_data:
        raise ConfigurationError(
            "the operation has no user_data: give it one that no other job has, such as the number of "
            "the order"
        )
    tag = request.tag or operation.tag
    if tag is None:
        raise ConfigurationError("the request has no tag: say what kind of job it is")
    return user_data, str(tag)
