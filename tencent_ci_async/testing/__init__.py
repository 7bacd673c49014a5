"""A simulator of Tencent Cloud CI, so that code which uses this package can be tested without an account."""

from __future__ import annotations

from ._callbacks import CallbackBody, CallbackForm
from ._fake import FakeCI
from ._fault_server import FaultServer
from ._fault_server_kinds import WireFault
from ._faults import Fault
from ._jobs import FakeJob, JobMoment
from ._log import RecordedRequest
from ._signature import SignatureVerdict

__all__ = [
    "CallbackBody",
    "CallbackForm",
    "FakeCI",
    "FakeJob",
    "Fault",
    "FaultServer",
    "JobMoment",
    "RecordedRequest",
    "SignatureVerdict",
    "WireFault",
]
