"""A media job: what it works on, what it does, how far it is."""

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import AliasChoices, BeforeValidator, Field

from ._concat import ConcatTemplate
from ._media_info import MediaInfo
from ._media_result import MediaResult
from ._wire import WireInt, WireModel, WireStr, WireTime, XmlList, XmlOne, no_items, text_or_none

__all__ = [
    "CosHeader",
    "JobDetail",
    "JobInput",
    "JobOutput",
    "JobState",
    "Operation",
    "StreamExtractOutput",
    "VodInfo",
    "Workflow",
]


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


class CosHeader(WireModel):
    """One header stored with the input object.

    Source: Tencent Cloud CI API, workflow callback, CosHeaders.
    """

    key: WireStr = None
    """Name of the header."""

    value: WireStr = None
    """Value of the header."""


class VodInfo(WireModel):
    """A file in the Video on Demand service.

    Source: Tencent Cloud Go SDK for COS, VodInfo.
    """

    file_id: WireStr = None
    """Id of the file."""

    sub_app_id: WireStr = None
    """Id of the application that owns it."""


class JobInput(WireModel):
    """What a job works on.

    Source: Tencent Cloud CI API, DescribeMediaJob, Input.
    """

    object: WireStr = None
    """Key of the object in the bucket."""

    url: WireStr = None
    """Public address, for the kinds of jobs that take one instead of a key."""

    bucket_id: WireStr = None
    """Bucket, with the APPID at its end."""

    region: WireStr = None
    """Region of the bucket."""

    cos_headers: XmlList[CosHeader] = Field(default_factory=no_items)
    """Headers stored with the object; only on jobs started by a workflow."""

    lang: WireStr = None
    """Language of the document; translation jobs only."""

    type: WireStr = None
    """Type of the document; translation jobs only."""

    basic_type: WireStr = None
    """Type of the translated document; translation jobs only."""

    vod: XmlOne[VodInfo] = None
    """File in the Video on Demand service, instead of a key."""


class StreamExtractOutput(WireModel):
    """One stream to extract, and where to.

    Source: Tencent Cloud CI API, submit a stream separation job, StreamExtract.
    """

    index: WireInt = None
    """Number of the stream in the input, from 0."""

    object: WireStr = Field(
        default=None, validation_alias=AliasChoices("Object", "Output"), serialization_alias="Object"
    )
    """Key of the file to write. Callbacks call it ``Output``, and it is read from there too."""


class JobOutput(WireModel):
    """Where a job writes to.

    Source: Tencent Cloud CI API, DescribeMediaJob, Output.
    """

    region: WireStr = None
    """Region of the bucket."""

    bucket: WireStr = None
    """Bucket, with the APPID at its end."""

    object: WireStr = None
    """Key to write, its wildcards as submitted; `MediaResult` has the keys that were written."""

    sprite_object: WireStr = None
    """Key of the sprite sheet; snapshot jobs only."""

    au_object: WireStr = None
    """Key of the vocals; voice separation jobs only."""

    bass_object: WireStr = None
    """Key of the bass; voice separation jobs only."""

    drum_object: WireStr = None
    """Key of the drums; voice separation jobs only."""

    stream_extract: XmlList[StreamExtractOutput] = Field(default_factory=no_items)
    """The streams to extract, at most 10; stream separation jobs only."""

    force: WireStr = None
    """Whether an existing object is replaced, as sent."""


class Operation(WireModel):
    """What a job does, and what came of it.

    Parameters and results of the kinds of jobs that have no field here are in ``model_extra``, by their
    names on the wire, as they were parsed.

    Source: Tencent Cloud CI API, DescribeMediaJob, Operation.
    """

    tag: WireStr = None
    """Kind of job; only where several jobs were submitted in one request."""

    template_id: WireStr = None
    """Id of the template; it beats parameters given along with it."""

    template_name: WireStr = None
    """Name of the template."""

    user_data: WireStr = None
    """The submitter's own note: printable ASCII, at most 1024 characters."""

    job_level: WireInt = None
    """Priority: 0 (the default), 1 or 2; higher goes first."""

    output: XmlOne[JobOutput] = None
    """Where the job writes to; None for jobs that only analyse."""

    media_info: XmlOne[MediaInfo] = None
    """The output described (the input, for jobs that only analyse); None until the job has succeeded."""

    media_result: XmlOne[MediaResult] = None
    """The files written; None until the job has succeeded."""

    input: XmlOne[JobInput] = None
    """More about the input; only on speech synthesis jobs started by a workflow."""

    custom_id: WireStr = None
    """The submitter's own id, as sent."""

    concat_template: XmlOne[ConcatTemplate] = None
    """How media files are joined; jobs with the tag ``Concat`` only."""


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
    """Kind of job, such as ``Concat``; None where ``operation.tag`` has it instead."""

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
