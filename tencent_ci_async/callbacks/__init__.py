"""Callbacks: the service posts to an address of yours when a job has ended, and a wait ends sooner.

No callback is signed, so none is believed: it only says which jobs are worth a look, and a signed request
then finds out what is true. A lost or forged callback costs time or one request, and nothing else.
"""

from ._app import CallbackApp, new_callback_secret
from ._parse import JobCallback, parse_callback

__all__ = ["CallbackApp", "JobCallback", "new_callback_secret", "parse_callback"]
