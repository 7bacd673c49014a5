"""The settings of a session, as a type."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TypedDict

import httpx

from tencent_ci_async._credentials import Credentials, CredentialsProvider
from tencent_ci_async._exchange import HTTPClient
from tencent_ci_async._retry import RetryPolicy
from tencent_ci_async._session import Timeouts
from tencent_ci_async._timing import Timing
from tencent_ci_async.events import EventHandler

__all__ = ["SessionSettings"]


class SessionSettings(TypedDict, total=False):
    """What `CISession` takes by keyword; each may be left out, and means there what it means here."""

    credentials: Credentials | CredentialsProvider | None
    endpoint: str | None
    client: httpx.AsyncClient | HTTPClient | None
    timeout: Timeouts | float | None
    retry: RetryPolicy | None
    limiter: AbstractAsyncContextManager[object] | None
    max_in_flight: int
    max_ids_per_request: int
    max_response_bytes: int
    signature_lifetime: int
    allow_plain_http: bool
    timing: Timing | None
    on_event: EventHandler | None
