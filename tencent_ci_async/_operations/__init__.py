"""API calls described as data, and answers deciphered: everything about the protocol but the sending."""

from ._arguments import checked_id, written_time
from ._body import document
from ._family import JobFamily
from ._jobs import cancel_media_job, create_media_job, describe_media_job, describe_media_jobs
from ._operation import Operation, decipher
from ._query import media_jobs_conditions
from ._queues import describe_media_queues, media_queue_conditions, update_media_queue
from ._templates import (
    create_media_template,
    delete_media_template,
    describe_media_templates,
    media_template_conditions,
    update_media_template,
)

__all__ = [
    "JobFamily",
    "Operation",
    "cancel_media_job",
    "checked_id",
    "create_media_job",
    "create_media_template",
    "decipher",
    "delete_media_template",
    "describe_media_job",
    "describe_media_jobs",
    "describe_media_queues",
    "describe_media_templates",
    "document",
    "media_jobs_conditions",
    "media_queue_conditions",
    "media_template_conditions",
    "update_media_queue",
    "update_media_template",
    "written_time",
]
