"""The calls about the queues that jobs wait in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from tencent_ci_async import models
from tencent_ci_async._operations import (
    JobFamily,
    checked_id,
    describe_media_queues,
    media_queue_conditions,
    update_media_queue,
)
from tencent_ci_async._paging import Page, follow_numbers
from tencent_ci_async.errors import ConfigurationError, NotFoundError

from ._core import SessionCore

if TYPE_CHECKING:
    from tencent_ci_async.models import (
        DescribeMediaQueuesResult,
        MediaQueue,
        NotifyConfig,
        UpdateMediaQueueResult,
    )

__all__ = ["QueueCalls"]


class QueueCalls(SessionCore):
    """Queues: which there are, and whether their jobs are worked on."""

    def describe_media_queues(
        self,
        *,
        queue_ids: Iterable[str] | None = None,
        state: str | None = None,
        category: str | None = None,
        page_size: int = 10,
        family: JobFamily = JobFamily.MEDIA,
    ) -> AsyncGenerator[MediaQueue, None]:
        """Return an async iterator over all queues that meet the conditions, as many pages as there are.

        Args:
            queue_ids: The queues to look for, at most 10; those that do not exist are left out. All by
                default.
            state: The state to look for, such as ``QueueState.ACTIVE``; any by default.
            category: The kind of queues, such as ``SpeedTranscoding``, or ``CateAll`` for all. The service's
                default is ``Transcoding``.
            page_size: Queues on a page, 1 to 100; 10 is the service's default.
            family: The family of the queues, where it is not that of media jobs.

        Raises:
            ConfigurationError: A condition is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: An answer was not the document expected, also after retries; or the same
                queues came again and again.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaQueues.
        """
        self._check_usable()
        conditions = media_queue_conditions(
            queue_ids=queue_ids, state=state, category=category, page_size=page_size
        )

        asked_for = dict(conditions).get("queueIds")

        async def fetch(number: int) -> Page[MediaQueue]:
            operation = describe_media_queues(conditions, page_number=number, family=family)
            result = await self._caller.call(operation)
            queues = [(queue.queue_id, queue) for queue in result.queue_list]
            return Page(queues, result, total=_total(result, asked_for))

        return follow_numbers(fetch)

    async def describe_media_queues_page(
        self,
        *,
        page_number: int = 1,
        page_size: int = 10,
        queue_ids: Iterable[str] | None = None,
        state: str | None = None,
        category: str | None = None,
        family: JobFamily = JobFamily.MEDIA,
    ) -> DescribeMediaQueuesResult:
        """Return one page of the queues that meet the conditions.

        Args:
            page_number: The number of the page, from 1.
            page_size: Queues on a page, 1 to 100.
            queue_ids: The queues to look for, at most 10.
            state: The state to look for.
            category: The kind of queues.
            family: The family of the queues.

        Returns:
            The queues in ``queue_list``, the ids that are none in ``non_exist_pids``, and how many queues
            there are on all pages in ``total_count``.

        Raises:
            ConfigurationError: A condition is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaQueues.
        """
        self._check_usable()
        conditions = media_queue_conditions(
            queue_ids=queue_ids, state=state, category=category, page_size=page_size
        )
        operation = describe_media_queues(conditions, page_number=page_number, family=family)
        return await self._caller.call(operation)

    async def default_media_queue(
        self, *, category: str | None = None, family: JobFamily = JobFamily.MEDIA
    ) -> MediaQueue:
        """Return the first active queue: its ``queue_id`` is the one to submit jobs to.

        The service makes one queue for a bucket, so that there is hardly ever a choice.

        Args:
            category: The kind of queue, such as ``SpeedTranscoding``; the service's default is
                ``Transcoding``.
            family: The family of the queue, where it is not that of media jobs.

        Raises:
            NotFoundError: There is no active queue, or the service refused.
            ConfigurationError: The category is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaQueues.
        """
        page = await self.describe_media_queues_page(
            state=models.QueueState.ACTIVE, category=category, family=family
        )
        for queue in page.queue_list:
            # A filter that the service did not heed must not lead to a queue that is paused.
            if queue.queue_id is not None and queue.is_active:
                return queue
        raise _not_found("there is no active queue: is it paused, or media processing not enabled?", page)

    async def update_media_queue(
        self,
        queue_id: str,
        *,
        name: str | None = None,
        state: str | None = None,
        notify_config: NotifyConfig | None = None,
        family: JobFamily = JobFamily.MEDIA,
    ) -> UpdateMediaQueueResult:
        """Change a queue: pause it, set it going again, rename it, or say where it calls back to.

        The service wants name, state and callback together. Those that are not given stay as they are: the
        queue is read first, and what others change in between is undone.

        Args:
            queue_id: The id of the queue.
            name: The new name, at most 128 letters, digits, ``_``, ``-`` and ``*``.
            state: ``QueueState.ACTIVE`` or ``QueueState.PAUSED``; jobs that run go on in either.
            notify_config: The callback for all jobs that have none of their own;
                ``NotifyConfig(state="Off")`` for none. It replaces the present one as a whole.
            family: The family of the queue, where it is not that of media jobs.

        Returns:
            The queue as it is now, in ``queue``.

        Raises:
            NotFoundError: There is no such queue.
            ConfigurationError: An argument is not usable, or none says what to change; or there are no
                credentials. Nothing was changed.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: An answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, UpdateMediaQueue.
        """
        self._check_usable()
        checked = checked_id("queue_id", queue_id)
        changes = {"name": name, "state": state, "notify_config": notify_config}
        changes = {field: value for field, value in changes.items() if value is not None}
        if not changes:
            raise ConfigurationError("nothing is to be changed: give name, state or notify_config")
        kept = await self._present_queue(checked, family) if len(changes) < 3 else models.MediaQueue()
        queue = kept.model_copy(update=changes)
        return await self._caller.call(update_media_queue(checked, queue, family=family))

    async def _present_queue(self, queue_id: str, family: JobFamily) -> MediaQueue:
        # Only the queues of media jobs have kinds.
        category = "CateAll" if family == JobFamily.MEDIA else None
        conditions = media_queue_conditions(queue_ids=[queue_id], state=None, category=category, page_size=10)
        page = await self._caller.call(describe_media_queues(conditions, page_number=1, family=family))
        for queue in page.queue_list:
            if queue.queue_id == queue_id:
                return queue
        raise _not_found(f"there is no queue {queue_id}", page)


def _total(page: DescribeMediaQueuesResult, asked_for: str | None) -> int | None:
    if page.total_count is not None or asked_for is None:
        return page.total_count
    # Asked for by their ids, queues come without a count; when each id is accounted for, there are no more.
    told_of = len(page.queue_list) + len(page.non_exist_pids)
    return len(page.queue_list) if told_of > asked_for.count(",") else None


def _not_found(message: str, page: DescribeMediaQueuesResult) -> NotFoundError:
    response = page.response
    return NotFoundError(message, status=response.status, request_id=page.request_id, response=response)
