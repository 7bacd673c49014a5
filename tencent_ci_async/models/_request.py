"""What is sent to submit jobs, and the answer to it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import BeforeValidator, Field, ValidationError

from tencent_ci_async.errors import ConfigurationError, UnreadableAnswerError

from ._job import JobDetail
from ._job_input import JobInput
from ._operation import Operation
from ._response import ServiceResult
from ._tags import JobTag
from ._wire import WireModel, WireStr, XmlList, XmlOne, no_items, text_or_none

__all__ = ["CallBackMqConfig", "CreateMediaJobsResult", "KafkaConfig", "MediaJobRequest", "typed_request"]

_Tag: TypeAlias = Annotated[
    Annotated[JobTag | str, Field(union_mode="left_to_right")] | None, BeforeValidator(text_or_none)
]


class CallBackMqConfig(WireModel):
    """The TDMQ queue or topic that callbacks go to.

    Source: Tencent Cloud CI API, submit a transcoding job, CallBackMqConfig.
    """

    mq_region: WireStr = None
    """Region of the message queue: ``sh``, ``bj``, ``gz``, ``cd`` or ``hk``. Required."""

    mq_mode: WireStr = None
    """``Queue`` or ``Topic``. Required."""

    mq_name: WireStr = None
    """Name of the queue or topic. Required."""


class KafkaConfig(WireModel):
    """The Kafka topic that callbacks go to.

    Source: Tencent Cloud Go SDK for COS, KafkaConfig.
    """

    region: WireStr = None
    """Region of the instance."""

    instance_id: WireStr = None
    """Id of the instance."""

    topic: WireStr = None
    """Name of the topic."""


class MediaJobRequest(WireModel):
    """Jobs to submit: what is worked on, and one to six operations on it.

    The kind of job decides what else is needed; `JobTag` tells, and ``create_media_job`` checks it before
    anything is sent.

    Source: Tencent Cloud CI API, CreateMediaJobs.
    """

    tag: _Tag = None
    """Kind of job. Required for one operation; of several, each has its own, and this is left out."""

    input: XmlOne[JobInput] = None
    """What is worked on: the key of an object in the session's bucket, for most kinds of jobs."""

    operation: XmlList[Operation] = Field(default_factory=no_items)
    """What is done: one operation, or a list of up to 6, each of which becomes a job."""

    queue_id: WireStr = None
    """Id of the queue; the service chooses one by default."""

    queue_type: WireStr = None
    """``SpeedTranscoding`` for fast transcoding, which costs more."""

    call_back: WireStr = None
    """URL that the end of the job is reported to, instead of the queue's; ``no`` for nowhere."""

    call_back_format: WireStr = None
    """``XML`` (the default) or ``JSON``."""

    call_back_type: WireStr = None
    """``Url`` (the default), ``TDMQ`` or ``Kafka``."""

    call_back_mq_config: XmlOne[CallBackMqConfig] = None
    """Where to; required if the type is ``TDMQ``."""

    call_back_kafka_config: XmlOne[KafkaConfig] = None
    """Where to; required if the type is ``Kafka``."""

    if TYPE_CHECKING:
        # Declared for its types alone: a lone operation is taken as well, and other fields are a mistake.
        def __init__(  # noqa: PLR0913 - one for each field
            self,
            *,
            tag: JobTag | str | None = None,
            input: JobInput | None = None,  # noqa: A002 - the service's name
            operation: Operation | Sequence[Operation] = (),
            queue_id: str | None = None,
            queue_type: str | None = None,
            call_back: str | None = None,
            call_back_format: str | None = None,
            call_back_type: str | None = None,
            call_back_mq_config: CallBackMqConfig | None = None,
            call_back_kafka_config: KafkaConfig | None = None,
        ) -> None: ...


def typed_request(request: MediaJobRequest) -> MediaJobRequest:
    """Return the request with every value of its type, which ``model_copy`` does not see to.

    Raises:
        ConfigurationError: A value cannot be read as what its field holds.
    """
    try:
        typed = MediaJobRequest.model_validate(request.model_dump(warnings=False))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        problems = [f"{'.'.join(map(str, each['loc']))} cannot be read: {each['msg']}" for each in found]
    else:
        return request if typed == request else typed
    raise ConfigurationError("the request was not sent: " + "; ".join(problems))


class CreateMediaJobsResult(ServiceResult):
    """The jobs that were submitted, in the order of the operations.

    Source: Tencent Cloud CI API, CreateMediaJobs.
    """

    jobs_detail: XmlList[JobDetail] = Field(default_factory=no_items)
    """The jobs."""

    @property
    def jobs(self) -> list[JobDetail]:
        """The jobs; another name for ``jobs_detail``."""
        return self.jobs_detail

    @property
    def job_ids(self) -> list[str]:
        """The ids of the jobs."""
        return [job.job_id for job in self.jobs_detail if job.job_id is not None]

    @property
    def job_id(self) -> str:
        """The id of the only job, when one was submitted: what `JobWatcher.wait` takes.

        Raises:
            ConfigurationError: Several jobs were submitted: use ``job_ids``.
            UnreadableAnswerError: The answer holds no job, or one without an id.
        """
        job_id = self.job.job_id
        if job_id is None:
            message = "the answer holds a job without an id"
            raise UnreadableAnswerError(message, request_id=self.request_id, response=self.response)
        return job_id

    @property
    def job(self) -> JobDetail:
        """The only job, when one was submitted.

        Raises:
            ConfigurationError: Several jobs were submitted: use ``jobs``.
            UnreadableAnswerError: The answer holds no job.
        """
        # One job that the answer shows twice is still one.
        if len({job.job_id for job in self.jobs_detail}) == 1:
            return self.jobs_detail[0]
        if self.jobs_detail:
            message = f"{len(self.jobs_detail)} jobs were submitted: use jobs instead of job"
            raise ConfigurationError(message)
        message = "the answer holds no job"
        raise UnreadableAnswerError(message, request_id=self.request_id, response=self.response)
