"""A Redis in memory that knows the package's scripts, in Python, and fails on demand."""

import asyncio
import hashlib
import math

from tencent_ci_async._redis_limiter import _TAKE_TURN
from tencent_ci_async._submit_ledger import _CLAIM, _GIVE_UP, _RECORD, _RENEW


class NoScriptError(Exception):
    """What the usual clients raise: the words of the server without their prefix."""


def take_turn(kept, now, interval, tolerance, furthest):
    """The limiter's script: what is kept, the server's time in microseconds, and the script's arguments."""
    turn = kept.get("turn", now + tolerance)
    before = kept.get("now", now)
    if before > now:
        turn -= before - now
    turn = max(turn, now)
    wait = max(0, turn - tolerance - now)
    taken = 0
    if wait <= furthest:
        taken, turn = 1, turn + interval
    kept.update(turn=turn, now=now)
    return [taken, wait]


def claim(kept, now, token, lease, keep):
    """The ledger's script that makes a claim."""
    now //= 1_000
    if "job" in kept:
        return [3, kept["job"].encode()]
    if (rest := kept.get("until", 0) - now) > 0:
        return [0, str(rest).encode()]
    reply = [2 if "tried" in kept else 1, str(kept.setdefault("tried", now)).encode()]
    kept.update(until=now + int(lease), token=token)
    return reply


def renew(kept, now, token, lease):
    """The ledger's script that lets a claim hold anew, unless it is somebody else's by now."""
    if kept.get("token") != token:
        return 0
    kept["until"] = now // 1_000 + int(lease)
    return 1


def record(kept, now, job_id, keep):
    """The ledger's script that writes down a job."""
    kept.setdefault("job", job_id)
    kept.pop("until", None)
    kept.pop("token", None)
    return kept["job"].encode()


def give_up(kept, now, token, reason):
    """The ledger's script that ends a claim without a job."""
    if kept.get("token") != token:
        return 0
    for name in ["until", "token", *(["tried"] if reason == "refused" else [])]:
        del kept[name]
    return 1


class ScriptedRedis:
    """Shared by any number of limiters.

    Attributes:
        fault: None; or what meets each call: "hangs", an exception, or a function that makes a reply.
        skew: Seconds by which the server's clock differs from that of the event loop.
        calls: The calls so far: "evalsha" and "eval".
    """

    def __init__(self):
        self.fault = None
        self.skew = 0.0
        self.calls = []
        self.latency = 0.0
        self.kept = {}
        self._loaded = set()
        self._scripts = {
            _TAKE_TURN.sha: lambda kept, now, *arguments: take_turn(kept, now, *map(int, arguments)),
            _CLAIM.sha: claim,
            _RENEW.sha: renew,
            _RECORD.sha: record,
            _GIVE_UP.sha: give_up,
        }

    def restart(self):
        """Forget all, as a server without persistence does."""
        self.kept.clear()
        self._loaded.clear()

    async def evalsha(self, sha, numkeys, key, *arguments):
        self.calls.append("evalsha")
        await self._meet_fault()
        if sha not in self._loaded:
            raise NoScriptError("No matching script. Please use EVAL.")
        return await self._run(sha, key, arguments)

    async def eval(self, script, numkeys, key, *arguments):
        self.calls.append("eval")
        await self._meet_fault()
        sha = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._loaded.add(sha)
        return await self._run(sha, key, arguments)

    async def _meet_fault(self):
        await asyncio.sleep(self.latency / 2)
        if self.fault == "hangs":
            await asyncio.sleep(math.inf)
        if isinstance(self.fault, BaseException):
            raise self.fault

    async def _run(self, sha, key, arguments):
        now = round((asyncio.get_running_loop().time() + self.skew) * 1_000_000)
        reply = self._scripts[sha](self.kept.setdefault(key, {}), now, *arguments)
        await asyncio.sleep(self.latency / 2)
        return reply if self.fault is None else self.fault(reply)
