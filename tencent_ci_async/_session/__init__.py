"""CISession: one bucket, one event loop, any number of calls."""

from ._cancel import CancelCalls
from ._describe import DescribeCalls
from ._list import ListCalls
from ._queues import QueueCalls
from ._submit import SubmitCalls
from ._templates import TemplateCalls
from ._timeouts import Timeouts

__all__ = ["CISession", "Timeouts"]


class CISession(DescribeCalls, SubmitCalls, ListCalls, CancelCalls, QueueCalls, TemplateCalls):
    """Asks Tencent Cloud CI about media jobs, from one event loop.

    Use it as ``async with CISession(...) as session``, or call `aclose` in the end. One session serves any
    number of concurrent callers; a caller that is cancelled, or that gives up by ``asyncio.timeout``,
    costs nobody a connection.

    Args:
        bucket: The full bucket name, ``<BucketName>-<APPID>``.
        region: The region, such as ``ap-chongqing``.
        credentials: `Credentials`, an async callable that returns them, or None to look for
            them where Tencent Cloud's own tools do (`DefaultProvider`).
        endpoint: Another base URL, such as ``http://127.0.0.1:8000``; None for the public service.
        client: An ``httpx.AsyncClient`` of your own (proxy, TLS, HTTP/2, another transport), or one of
            httpx2, used and never closed. Its default headers are sent and those that count are signed.
        timeout: `Timeouts`, or the seconds that one call may take in all, or None for no limit in all. A
            client of your own keeps its own connect and read timeouts unless `Timeouts` are given.
        retry: How failed requests are repeated; None for never.
        limiter: Entered before each request, as ``async with limiter``; such as ``aiolimiter.AsyncLimiter``.
        max_in_flight: Requests under way at once, each on a connection of its own. More of them help where
            answers take long; a client of your own gets slower with each.
        max_ids_per_request: Job ids that one request may name; the service's pages say 10.
        max_response_bytes: The longest answer, in bytes, as received and once inflated.
        signature_lifetime: Seconds that a signature holds, 120 to 600.
        allow_plain_http: Whether an ``http`` endpoint may be another machine.
        on_event: A plain function that is told what happens, as values of `tencent_ci_async.events`.
        timing: Clocks, sleep and chance; only tests need others.

    Raises:
        ConfigurationError: A setting is not usable. Nothing is read, opened or sent here.
    """
