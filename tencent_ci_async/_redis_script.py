"""Running a Lua script on Redis or Valkey, through whatever client the caller has."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Awaitable
from typing import Protocol, cast

from tencent_ci_async.errors import ConfigurationError

__all__ = ["RedisClient", "Script", "check_client"]


class RedisClient(Protocol):
    """What is needed of an asyncio client: ``redis.asyncio.Redis``, ``valkey.asyncio.Valkey`` and the like.

    Both methods return an awaitable.
    """

    def evalsha(self, sha: str, numkeys: int, /, *keys_and_args: str) -> object:
        """Run the script that has this digest; an error that says ``NOSCRIPT`` if the server lacks it."""
        ...

    def eval(self, script: str, numkeys: int, /, *keys_and_args: str) -> object:
        """Run a script, which the server then keeps."""
        ...


def check_client(client: RedisClient) -> None:
    """Check that a client can run scripts.

    Raises:
        ConfigurationError: It cannot.
    """
    if not (callable(getattr(client, "evalsha", None)) and callable(getattr(client, "eval", None))):
        raise ConfigurationError(
            f"client is a {type(client).__name__}, which cannot run scripts: "
            "give a redis.asyncio.Redis or a valkey.asyncio.Valkey"
        )


class Script:
    """A script that touches one key; the server runs it as a whole or not at all.

    Args:
        text: The script, in Lua.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        # Redis names scripts by this digest.
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, client: RedisClient, key: str, *arguments: str) -> object:
        """Run the script, and return what it returns.

        Raises:
            ConfigurationError: The client is not an asyncio client.
            Exception: Whatever the client raises.
        """
        try:
            return await _awaited(client.evalsha(self.sha, 1, key, *arguments))
        except Exception as error:
            if not _lacks_script(error):
                raise
        return await _awaited(client.eval(self.text, 1, key, *arguments))


async def _awaited(reply: object) -> object:
    if not inspect.isawaitable(reply):
        raise ConfigurationError(
            "the client does not await its answers: give the asyncio one, such as redis.asyncio.Redis"
        )
    return await cast("Awaitable[object]", reply)


def _lacks_script(error: Exception) -> bool:
    """Whether the server does not have the script: it was restarted, or never asked before."""
    said = f"{type(error).__name__} {error}".lower()
    return "noscript" in said or "no matching script" in said
