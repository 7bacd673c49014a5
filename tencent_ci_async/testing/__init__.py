"""A simulator of Tencent Cloud CI, so that code which uses this package can be tested without an account."""

from __future__ import annotations

from ._callbacks import CallbackBody, CallbackForm
from ._clock import FakeClock
from ._fake import FakeCI
from ._fault_server import FaultServer
from ._fault_server_kinds import WireFault
from ._faults import Fault
from ._jobs import FakeJob, JobMoment
from ._log import RecordedRequest
from ._queues import FakeQueue
from ._signature import SignatureVerdict
from ._templates import FakeTemplate

__all__ = [
    "CallbackBody",
    "CallbackForm",
    "FakeCI",
    "FakeClock",
    "FakeJob",
    "FakeQueue",
    "FakeTemplate",
    "Fault",
    "FaultServer",
    "JobMoment",
    "RecordedRequest",
    "SignatureVerdict",
    "WireFault",
]
