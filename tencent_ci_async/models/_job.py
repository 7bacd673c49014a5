"""A media job: where it stands, and what belongs to it."""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field

from ._job_input import JobInput
from ._operation import Operation
from ._wire import WireInt, WireModel, WireStr, WireTime, XmlList, XmlOne, no_items, text_or_none

__all__ = ["JobDetail", "JobState", "Workflow"]


class JobState(StrEnum):
    """The states of a job.

    Source: Tencent Cloud CI API, DescribeMediaJob, State.
    """

    SUBMITTED = "Submitted"
    """Waiting for its turn."""

    RUNNING = "Running"
    """Being worked on."""

    SUCCESS = "Success"
    """Ended well."""

    FAILED = "Failed"
    """Ended badly; ``code`` and ``message`` of the job say why."""

    PAUSE = "Pause"
    """Held back; it goes on later."""

    CANCEL = "Cancel"
    """Ended by a request to cancel it."""

    @property
    def is_terminal(self) -> bool:
        """Whether a job in this state has ended and stays as it is."""
        return self in _TERMINAL


_TERMINAL: Final = frozenset({JobState.SUCCESS, JobState.FAILED, JobState.CANCEL})

_State: TypeAlias = Annotated[
    Annotated[JobState | str, Field(union_mode="left_to_right")] | None, BeforeValidator(text_or_none)
]


class Workflow(WireModel):
    """The workflow that started a job.

    Source: Tencent Cloud CI API, DescribeMediaJob, Workflow.
    """

    run_id: WireStr = None
    """Id of the run."""

    workflow_id: WireStr = None
    """Id of the workflow."""

    workflow_name: WireStr = None
    """Name of the workflow."""

    name: WireStr = None
    """Name of the node in the workflow."""


class JobDetail(WireModel):
    """One media job.

    Source: Tencent Cloud CI API, DescribeMediaJob, JobsDetail.
    """

    code: WireStr = None
    """Error code; it means something only when the state is Failed."""

    message: WireStr = None
    """Error description; it means something only when the state is Failed."""

    job_id: WireStr = None
    """Id of the job."""

    tag: WireStr = None
    """Kind of job, such as ``Concat``; None where ``operation.tag`` has it instead: see ``kind``."""

    sub_tag: WireStr = None
    """Kind of job in more detail; in callbacks only."""

    state: _State = None
    """Where the job stands: a `JobState`, or text where the service names a state unknown here."""

    progress: WireInt = None
    """Share done, in percent: 0 to 100. Documented for transcoding only."""

    creation_time: WireTime = None
    """When the job was submitted."""

    start_time: WireTime = None
    """When work began; None before that."""

    end_time: WireTime = None
    """When the job ended; None before that."""

    queue_id: WireStr = None
    """Queue that the job is in."""

    input: XmlOne[JobInput] = None
    """What the job works on; None for kinds of jobs without an input."""

    operation: XmlOne[Operation] = None
    """What the job does, and what came of it."""

    workflow: XmlList[Workflow] = Field(default_factory=no_items)
    """The workflow that started the job; empty when none did."""

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended; False in a state unknown here."""
        return isinstance(self.state, JobState) and self.state.is_terminal

    @property
    def kind(self) -> str | None:
        """Kind of job, such as ``Concat``, wherever the service says it; `JobTag` has those known here."""
        return self.tag or (self.operation.tag if self.operation is not None else None)

    @property
    def output_keys(self) -> tuple[str, ...]:
        """Keys of the files that the job wrote, as its results name them; empty when they name none.

        They come from ``media_result`` (sprite sheets last), ``pic_process_result`` and
        ``speech_recognition_result``. Some kinds of jobs write a file that no result names: then only
        ``operation.output`` tells where.
        """
        return self.operation.output_keys if self.operation is not None else ()
