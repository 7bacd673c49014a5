"""Jobs that live by a plan, a `describe` that tells of them, and a ledger that holds a watcher to its word.

Nothing in here knows how a watcher works inside. The ledger writes down what went out, what came back and how
each wait ended, and notes every broken invariant; whoever drives it asserts that nothing was noted.
"""

import asyncio
import math
from collections import Counter, deque
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from tencent_ci_async import errors
from tencent_ci_async.models import (
    DescribeMediaJobResult,
    JobDetail,
    JobState,
    ResponseHeaders,
    ResponseInfo,
)

# Two moments that a floating clock tells apart, and we do not.
EPSILON = 5e-6
# What the service's clock shows more than the loop's.
SERVICE_AHEAD = 1_600_000_000.0

REFUSALS = ("AccessError", "ConflictError", "ValueError")
PASSING = (
    "ConnectError",
    "RequestTimeoutError",
    "ServerError",
    "ThrottledError",
    "UnreadableAnswerError",
    "CredentialsError",
)


def failure(kind, *, retry_after=None):
    """Make an error of a kind, by its name."""
    cls = getattr(errors, kind, None)
    if cls is None:
        return {"ValueError": ValueError}[kind]("no error of the package's")
    if issubclass(cls, errors.ServiceError):
        status = {"AccessError": 403, "ThrottledError": 503, "ServerError": 500, "ConflictError": 409}
        return cls("injected", status=status.get(kind, 400), retry_after=retry_after)
    return cls("injected")


@dataclass(frozen=True)
class Plan:
    """The life of one job, in seconds after its submission."""

    submitted: float
    unknown_for: float = 0.0
    runs_after: float = 1.0
    paused: tuple[float, float] = (math.inf, math.inf)
    lasts: float = 10.0
    final: JobState = JobState.SUCCESS
    tag: str = "Concat"
    tells: float | None = None
    """How much of the true progress it tells; None for none."""

    @property
    def ends(self):
        return self.submitted + self.lasts

    def exists(self, now):
        return now >= self.submitted + self.unknown_for

    def state(self, now):
        age = now - self.submitted
        if age >= self.lasts:
            return self.final
        if self.paused[0] <= age < self.paused[1]:
            return JobState.PAUSE
        return JobState.RUNNING if age >= self.runs_after else JobState.SUBMITTED

    def progress(self, now):
        if self.tells is None or self.state(now) is not JobState.RUNNING:
            return None
        ran, whole = now - self.submitted - self.runs_after, self.lasts - self.runs_after
        return min(99, int(100 * self.tells * ran / whole))


def moment(seconds):
    return datetime.fromtimestamp(SERVICE_AHEAD + seconds, UTC)


@dataclass(eq=False)
class Call:
    """One request as the service saw it."""

    ids: tuple[str, ...]
    started: float
    number: int
    ended: float | None = None
    cancelled: bool = False
    error: BaseException | None = None


@dataclass(eq=False)
class Wait:
    """One wait, and how it ended."""

    how: str
    ids: tuple[str, ...]
    timeout: float | None = None
    submitted_ago: float | None = None
    on_pause: str = "wait"
    max_dark: float | None = None
    again: bool = False
    """Whether it waits anew in the very turn in which it learns of a refusal."""
    began: float = 0.0
    rounds: int = 0
    task: asyncio.Task | None = None
    open: set[str] = field(default_factory=set)
    outcomes: dict[str, object] = field(default_factory=dict)
    instants: dict[str, float] = field(default_factory=dict)
    seen: list[JobDetail] = field(default_factory=list)
    left: bool = False

    @property
    def limits(self):
        return {
            "timeout": self.timeout,
            "submitted_ago": self.submitted_ago,
            "on_pause": self.on_pause,
            "max_dark": self.max_dark,
        }

    @property
    def deadline(self):
        return math.inf if self.timeout is None else self.began + self.timeout


class World:
    """The service: plans, troubles, and the `describe` that a watcher is given."""

    def __init__(self, loop, *, size=10, width=8):
        self.loop = loop
        self.size = size
        self.width = width
        self.plans = {}
        self.calls = []
        self.in_flight = set()
        self.broken = []
        self.latency = 0.0
        self.troubles = deque()
        self.dark_until = -math.inf
        self.poison = set()
        self.omissions = Counter()
        self.dated = False
        self.permute = list
        self.on_call = lambda call: None
        self.on_answer = lambda call, jobs, missing: None
        self.on_failure = lambda call: None
        self.on_cancel = lambda call: None

    def submit(self, job_id, **plan):
        self.plans[job_id] = Plan(self.loop.time(), **plan)
        return job_id

    def end_of_trouble(self):
        self.troubles.clear()
        self.omissions.clear()
        self.poison.clear()
        self.dark_until = -math.inf
        self.latency = min(self.latency, 0.05)

    async def describe(self, *job_ids):
        call = Call(job_ids, self.loop.time(), len(self.calls))
        self.calls.append(call)
        self.on_call(call)
        self.in_flight.add(call)
        try:
            error = self._trouble(job_ids)
            await asyncio.sleep(self.latency / 2)
            now = self.loop.time()
            jobs, missing = self._look_up(job_ids, now)
            await asyncio.sleep(self.latency / 2)
        except BaseException:
            call.cancelled = True
            raise
        finally:
            call.ended = self.loop.time()
            self.in_flight.discard(call)
            if call.cancelled:
                self.on_cancel(call)
        if error is not None:
            error.call = call
            call.error = error
            self.on_failure(call)
            raise error
        self.on_answer(call, jobs, missing)
        result = DescribeMediaJobResult(
            jobs_detail=self.permute([*jobs, JobDetail(job_id="unasked", state=JobState.SUCCESS)]),
            non_exist_job_ids=self.permute([*missing, "unasked-too"]),
        )
        if self.dated:
            date = format_datetime(moment(now), usegmt=True)
            result = result.with_response(ResponseInfo(200, ResponseHeaders({"date": date})))
        return result

    def _trouble(self, job_ids):
        if self.troubles:
            kind, retry_after = self.troubles.popleft()
            return failure(kind, retry_after=retry_after)
        if self.loop.time() < self.dark_until:
            return failure("ConnectError")
        if self.poison.intersection(job_ids):
            return failure("RequestError")
        return None

    def _look_up(self, job_ids, now):
        jobs, missing = [], []
        for job_id in job_ids:
            plan = self.plans.get(job_id)
            if self.omissions[job_id] > 0:
                self.omissions[job_id] -= 1
            elif plan is None or not plan.exists(now):
                missing.append(job_id)
            else:
                jobs.append(self._detail(job_id, plan, now))
        return jobs, missing

    def _detail(self, job_id, plan, now):
        return JobDetail(
            job_id=job_id,
            tag=plan.tag,
            state=plan.state(now),
            progress=plan.progress(now),
            creation_time=moment(plan.submitted) if self.dated else None,
        )


class Ledger:
    """Writes down what a watcher does, and notes where it breaks a promise."""

    def __init__(self, world, *, grace):
        self.world = world
        self.grace = grace
        self.loop = world.loop
        self.broken = world.broken
        self.waits = []
        self.live = Counter()
        self.watched_since = {}
        self.last_answer = {}
        self.terminal = {}
        self.ended_of_tag = Counter()
        self.provenance = {}
        self.missing_reports = {}
        self.missing_since = {}
        self.ever_seen = set()
        self.recalled = {}
        self.given_up = []
        self.gaps = []
        self.is_closed = False
        world.on_call = self.called
        world.on_answer = self.answered
        world.on_cancel = self.cancelled

    def note(self, what):
        self.broken.append(f"{what} (at {self.loop.time() - 1000:.6f})")

    def new_watcher(self):
        """Begin anew with another watcher: what the old one remembered is gone."""
        self.terminal = {}
        self.is_closed = False

    # --- What the watcher asks, and what it is told -----------------------------------------------------

    def called(self, call):
        asked = set(call.ids)
        if len(asked) != len(call.ids):
            self.note(f"I2: an id twice in one request: {call.ids}")
        if not 1 <= len(call.ids) <= self.world.size:
            self.note(f"I2: {len(call.ids)} ids in one request of {self.world.size}")
        if len(self.world.in_flight) >= self.world.width:
            self.note(f"I2: more than {self.world.width} requests under way")
        for other in self.world.in_flight:
            if twice := asked.intersection(other.ids):
                self.note(f"I2: in two requests under way: {sorted(twice)}")
        if idle := [job_id for job_id in call.ids if not self.live[job_id]]:
            self.note(f"I3: asked for without anybody who waits: {idle}")
        if again := asked.intersection(self.terminal):
            self.note(f"I4: asked again after it had ended: {sorted(again)}")

    def answered(self, call, jobs, missing):
        now = self.loop.time()
        for job_id in call.ids:
            if self.live[job_id]:
                self.gaps.append((job_id, now - self.looked_at(job_id)))
        for job in jobs:
            # The object is kept with it, so that its identity stays its own.
            self.provenance[id(job)] = (job, call)
            self.last_answer[job.job_id] = now
            self.ever_seen.add(job.job_id)
            self.missing_since.pop(job.job_id, None)
            if job.is_terminal:
                self.terminal[job.job_id] = (job, now)
                self.ended_of_tag[job.tag] += 1
        for job_id in missing:
            self.last_answer[job_id] = now
            self.missing_since.setdefault(job_id, call.started)
            self.missing_reports[job_id] = (call, now, bool(jobs))

    def cancelled(self, call):
        calls = self.world.calls[-50:]
        if any(
            isinstance(each.error, errors.SessionClosedError) and each.ended == call.ended for each in calls
        ):
            # Then nothing is asked any more, and whoever waits has come after that.
            return
        for wait in self.waiting:
            for job_id in wait.open.intersection(call.ids):
                self.given_up.append((job_id, wait, wait.rounds))

    def judge_given_up(self):
        """Once all is still: whoever waited when a request was given up must have been about to end."""
        for job_id, wait, rounds in self.given_up:
            if job_id in wait.open and wait.rounds == rounds:
                self.note(f"I6: a request about {job_id} was given up, though somebody waits")
        self.given_up.clear()

    def looked_at(self, job_id):
        """When there was last an answer about a job, or when it was first waited for."""
        return max(self.watched_since[job_id], self.last_answer.get(job_id, -math.inf))

    # --- Who waits --------------------------------------------------------------------------------------

    def _enter(self, wait, job_id):
        wait.open.add(job_id)
        in_flight = any(job_id in call.ids for call in self.world.in_flight)
        if not self.live[job_id] and not in_flight:
            self.missing_since.pop(job_id, None)
            recalled = self.recalled.pop(job_id, None)
            self.watched_since[job_id] = self.loop.time() if recalled is None else recalled
            if recalled is None:
                self.ever_seen.discard(job_id)
        self.live[job_id] += 1

    def _leave(self, wait, job_id):
        wait.open.discard(job_id)
        self.live[job_id] -= 1

    def start(self, watcher, wait):
        """Let a wait begin, in a task of its own."""
        self.waits.append(wait)
        wait.task = self.loop.create_task(self._run(watcher, wait), name=f"wait-{len(self.waits)}")

    @property
    def waiting(self):
        return [wait for wait in self.waits if wait.task is not None and not wait.task.done()]

    async def _run(self, watcher, wait):
        while True:
            wait.rounds += 1
            wait.began = self.loop.time()
            wait.seen = []
            wait.outcomes = {}
            for job_id in wait.ids:
                self._enter(wait, job_id)
            try:
                await getattr(self, f"_{wait.how}")(watcher, wait)
            except asyncio.CancelledError:
                if not wait.left:
                    self.note(f"I1: a wait for {wait.ids} was cancelled by nobody")
                raise
            finally:
                for job_id in list(wait.open):
                    if not wait.left:
                        self.note(f"I1: no outcome of {job_id} for {wait.how}")
                    self._leave(wait, job_id)
            refused = [type(each).__name__ for each in wait.outcomes.values() if isinstance(each, Exception)]
            if not wait.again or wait.rounds > 3 or not {*refused} & {"AccessError", "SessionClosedError"}:
                return

    async def _settle(self, watcher, wait):
        (job_id,) = wait.ids
        try:
            outcome = await watcher.settle(job_id, **wait.limits)
        except Exception as error:  # noqa: BLE001 - every error is judged
            outcome = error
        self.ended(wait, job_id, outcome)

    async def _wait(self, watcher, wait):
        (job_id,) = wait.ids
        try:
            outcome = await watcher.wait(job_id, **wait.limits)
            if outcome.state is not JobState.SUCCESS:
                self.note(f"I1: wait returned a job in {outcome.state}")
        except (errors.JobFailedError, errors.JobCancelledError) as error:
            outcome = error.job
            expected = JobState.FAILED if isinstance(error, errors.JobFailedError) else JobState.CANCEL
            if outcome.state is not expected:
                self.note(f"I1: {type(error).__name__} with a job in {outcome.state}")
        except Exception as error:  # noqa: BLE001 - every error is judged
            outcome = error
        self.ended(wait, job_id, outcome)

    async def _watch(self, watcher, wait):
        (job_id,) = wait.ids
        try:
            async with aclosing(watcher.watch(job_id, **wait.limits)) as changes:
                async for job in changes:
                    if job_id not in wait.open:
                        self.note(f"I1: {job_id} goes on after its end")
                    elif job.is_terminal:
                        self.ended(wait, job_id, job)
                    else:
                        self._standing(wait, job)
        except Exception as error:  # noqa: BLE001 - every error is judged
            self.ended(wait, job_id, error)

    async def _collect(self, watcher, wait):
        async with aclosing(watcher.as_completed(wait.ids, **wait.limits)) as outcomes:
            async for outcome in outcomes:
                self.ended(wait, outcome.job_id, outcome.job or outcome.error)

    # --- What they are told -----------------------------------------------------------------------------

    def _standing(self, wait, job):
        known = self.provenance.get(id(job))
        if known is None:
            self.note(f"I13: {wait.ids} was shown a job that no answer held")
        elif known[1].started < wait.began - EPSILON:
            self.note(f"I5: {wait.ids} was shown what was asked before it came")
        if wait.seen and (wait.seen[-1].state, wait.seen[-1].progress) == (job.state, job.progress):
            self.note(f"I5: {wait.ids} was shown a change that is none")
        wait.seen.append(job)

    def ended(self, wait, job_id, outcome):
        now = self.loop.time()
        if job_id not in wait.open:
            self.note(f"I1: {job_id} ended twice for one who waits, or was not asked for")
            return
        self._leave(wait, job_id)
        wait.outcomes[job_id] = outcome
        wait.instants[job_id] = now
        if now > wait.deadline + EPSILON:
            self.note(f"I16: {job_id} ended for one who waits {now - wait.deadline} s after its deadline")
        if isinstance(outcome, JobDetail):
            self._ended_well(job_id, outcome, now)
        elif getattr(outcome, "job_id", None) not in (None, job_id):
            self.note(f"I14: {job_id} ended with an error of {outcome.job_id}")
        else:
            judge = getattr(self, f"_judge_{type(outcome).__name__}", self._judge_failure)
            judge(wait, job_id, outcome, now)

    def _ended_well(self, job_id, job, now):
        plan = self.world.plans[job_id]
        if not job.is_terminal or job.job_id != job_id:
            self.note(f"I1: {job_id} ended with {job.job_id} in {job.state}")
        if job.state is not plan.final or now < plan.ends - EPSILON:
            self.note(f"I4: {job_id} ended in {job.state}, which is not what became of it")
        if job_id not in self.terminal or self.terminal[job_id][0] is not job:
            self.note(f"I13: {job_id} ended with another object than for the others")

    def _judge_JobWaitTimeoutError(self, wait, job_id, error, now):  # noqa: N802 - named as the error
        if job_id in self.terminal and self.terminal[job_id][1] < now - EPSILON:
            self.note(f"I16: {job_id} timed out although an answer had said that it had ended")
        if error.last_seen is not None:
            known = self.provenance.get(id(error.last_seen))
            if known is not None and abs(known[1].ended + error.last_seen_ago - now) > EPSILON:
                self.note(f"I5: {job_id} was last seen {error.last_seen_ago} s ago, says the error")
            if error.last_seen.is_terminal:
                self.note(f"I16: {job_id} timed out with a job that had ended")
        if abs(now - wait.deadline) > EPSILON:
            self._judge_dark(wait, job_id, error, now)

    def _judge_dark(self, wait, job_id, error, now):
        """Whether there was no answer about the job for as long as the wait allowed."""
        if wait.max_dark is None:
            self.note(f"I14: {job_id} ended with {error!r} for one who had set no limit")
        elif now < max(wait.began, self.last_answer.get(job_id, -math.inf)) + wait.max_dark - EPSILON:
            self.note(f"I14: {job_id} ended with {error!r} before it was dark for {wait.max_dark} s")

    def _judge_JobPausedError(self, wait, job_id, error, now):  # noqa: N802 - named as the error
        known = self.provenance.get(id(error.job))
        if wait.on_pause != "raise":
            self.note(f"I1: {job_id} was given up in a pause that it was to sit out")
        if known is None or known[0].state is not JobState.PAUSE:
            self.note(f"I5: {job_id} was given up, but no answer had said that it was held back")
        elif known[1].started < wait.began - EPSILON:
            self.note(f"I5: {job_id} was given up for what was asked before somebody came")

    def _judge_JobNotFoundError(self, wait, job_id, error, now):  # noqa: N802 - named as the error
        call, at, in_company = self.missing_reports.get(job_id, (None, None, False))
        if call is None or at != now:
            self.note(f"I14: {job_id} was not found, but no answer says so")
            return
        since = self.watched_since[job_id]
        if job_id in self.ever_seen:
            since = self.missing_since[job_id]
        if call.started < wait.began - EPSILON:
            self.note(f"I5: {job_id} was not found by an answer asked for before somebody came")
        if call.started < since + self.grace - EPSILON:
            self.note(f"I14: {job_id} was not found within its time of grace")
        if in_company:
            self.note(f"I14: {job_id} was not found in an answer that holds others")

    def _judge_WatcherClosedError(self, wait, job_id, error, now):  # noqa: N802 - named as the error
        if not self.is_closed:
            self.note(f"I1: {job_id} ended with {error!r}, but the watcher is open")

    def _judge_SessionClosedError(self, wait, job_id, error, now):  # noqa: N802 - named as the error
        # What no request will get past ends all waits, also those that this one was not about.
        call = getattr(error, "call", None)
        if call is None or call.ended != now:
            self.note(f"I14: {job_id} ended with {error!r}, but the session is open")

    def _judge_CIError(self, wait, job_id, error, now):  # noqa: N802 - named as the error
        # An outcome holds errors of the package only; another one is told in words.
        calls = [
            call for call in reversed(self.world.calls[-20:]) if call.ended == now and job_id in call.ids
        ]
        if wait.how != "collect" or not any(isinstance(call.error, ValueError) for call in calls):
            self.note(f"I14: {job_id} ended with {error!r}, which nobody has raised")

    def _judge_failure(self, wait, job_id, error, now):
        call = getattr(error, "call", None)
        if call is None:
            self.note(f"I14: {job_id} ended with {error!r}, which nobody has raised")
        elif job_id not in call.ids:
            self.note(f"I14: {job_id} ended with {error!r}, which was about {call.ids}")
        elif type(error).__name__ in PASSING:
            self._judge_dark(wait, job_id, error, now)
        else:
            if call.started < wait.began - EPSILON or call.ended != now:
                self.note(f"I5: {job_id} ended with {error!r} of a request made before somebody came")
            of_one = isinstance(error, errors.RequestError | errors.ResponseTooLargeError)
            if of_one and call.ids != (job_id,):
                self.note(f"I14: {job_id} ended with {error!r}, which may be about another of {call.ids}")


def quiet(loop):
    """What still runs or will run on a loop: tasks but the current one, and timers."""
    tasks = asyncio.all_tasks(loop)
    timers = [handle for handle in loop._scheduled if not handle.cancelled()]
    return tasks, timers
