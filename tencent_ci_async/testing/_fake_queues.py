"""What a test can do to the queues and templates of the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from tencent_ci_async.errors import ConfigurationError

from ._fake_jobs import JobControls
from ._families import known_family
from ._queues import FakeQueue, change_queue
from ._templates import FakeTemplate

__all__ = ["QueueControls", "QueueState"]

QueueState: TypeAlias = Literal["Active", "Paused"]


class QueueControls(JobControls):
    """The queues and templates of a simulator, and its jobs."""

    @property
    def queues(self) -> Mapping[str, FakeQueue]:
        """The queues by id; each family has one from the beginning, those of media jobs are first."""
        return MappingProxyType(self._state.queues)

    @property
    def queue_id(self) -> str:
        """The id of the queue for media jobs that name none."""
        return self._queue(None).queue_id

    def add_queue(
        self,
        name: str = "example-queue",
        *,
        queue_id: str | None = None,
        state: QueueState = "Active",
        max_size: int = 10_000,
        max_concurrent: int = 10,
        notify_config: Mapping[str, object] | None = None,
        family: str = "jobs",
        category: str | None = None,
    ) -> str:
        """Make a queue.

        Args:
            name: The name.
            queue_id: The id; None for an invented one, the same in every run.
            state: ``Active`` or ``Paused``.
            max_size: How many jobs may wait in it; a submit of more is refused with ``QueueSaturated``.
            max_concurrent: What it says of the jobs that run at once; the simulator runs all.
            notify_config: Its callback, by the wire names, such as ``{"State": "On", "Url": ...}``.
            family: The path of the family whose jobs it takes, such as ``pic_jobs``.
            category: What the service says that it is for, such as ``SpeedTranscoding``; None for what is
                usual in its family.

        Returns:
            The queue id.

        Raises:
            ConfigurationError: The id is taken, or there is no such family.
        """
        own_family = known_family(family)
        if queue_id is None:
            queue_id = self._state.next_queue_id()
        if queue_id in self._state.queues:
            raise ConfigurationError(f"there is a queue {queue_id!r} already")
        now = self._state.clock()
        self._state.queues[queue_id] = FakeQueue(
            queue_id=queue_id,
            name=name,
            family=family,
            category=own_family.category if category is None else category,
            state=state,
            max_size=max_size,
            max_concurrent=max_concurrent,
            notify_config=dict(notify_config or {}),
            created=now,
            updated=now,
        )
        return queue_id

    def change_queue(
        self,
        queue_id: str | None = None,
        *,
        state: QueueState | None = None,
        max_size: int | None = None,
        notify_config: Mapping[str, object] | None = None,
    ) -> None:
        """Change a queue: what is None stays as it is.

        While a queue is paused, submits to it are refused with ``QueuePaused``, and its jobs that wait are
        in state ``Pause``; when it is active again they wait for as long as they still had to.

        Args:
            queue_id: The queue; None for that of media jobs that name none.
            state: ``Active`` or ``Paused``.
            max_size: How many jobs may wait in it.
            notify_config: Its callback, by the wire names.

        Raises:
            ConfigurationError: There is no such queue.
        """
        queue = self._queue(queue_id)
        changed = replace(
            queue,
            state=queue.state if state is None else state,
            max_size=queue.max_size if max_size is None else max_size,
            notify_config=queue.notify_config if notify_config is None else dict(notify_config),
        )
        change_queue(self._state, changed)

    @property
    def templates(self) -> Mapping[str, FakeTemplate]:
        """The templates by id, in the order in which they were made."""
        return MappingProxyType(self._state.templates)

    def add_template(
        self,
        tag: str = "Concat",
        name: str = "example-template",
        parameters: Mapping[str, object] | None = None,
        *,
        template_id: str | None = None,
        category: Literal["Custom", "Official"] = "Custom",
    ) -> str:
        """Make a template.

        Args:
            tag: The kind of template.
            name: The name.
            parameters: What it says, by the wire names.
            template_id: The id; None for an invented one, the same in every run.
            category: ``Custom``, or ``Official`` for one of the service's own.

        Returns:
            The template id.

        Raises:
            ConfigurationError: The id is taken.
        """
        if template_id is None:
            template_id = self._state.next_template_id()
        if template_id in self._state.templates:
            raise ConfigurationError(f"there is a template {template_id!r} already")
        now = self._state.clock()
        self._state.templates[template_id] = FakeTemplate(
            template_id=template_id,
            tag=tag,
            name=name,
            parameters=dict(parameters or {}),
            category=category,
            created=now,
            updated=now,
        )
        return template_id
