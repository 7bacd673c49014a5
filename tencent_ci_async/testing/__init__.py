"""A simulator of Tencent Cloud CI, so that code which uses this package can be tested without an account."""

from __future__ import annotations

from ._fake import FakeCI
from ._faults import Fault
from ._jobs import FakeJob, JobMoment
from ._log import RecordedRequest
from ._signature import SignatureVerdict

__all__ = ["FakeCI", "FakeJob", "Fault", "JobMoment", "RecordedRequest", "SignatureVerdict"]
