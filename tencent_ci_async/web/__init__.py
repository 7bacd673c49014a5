"""What a web application needs around a session, whichever framework it is written in; none is imported.

`CILifespan` opens and closes what all requests share, `job_events` streams what becomes of jobs to a browser,
and `http_status`, `error_summary` and `job_summary` turn errors and jobs into answers.
"""

from ._answers import error_summary, http_status, job_summary
from ._events import job_events
from ._lifespan import CILifespan, CIResources
from ._settings import SessionSettings

__all__ = [
    "CILifespan",
    "CIResources",
    "SessionSettings",
    "error_summary",
    "http_status",
    "job_events",
    "job_summary",
]
