"""API calls described as data, and answers deciphered: everything about the protocol but the sending."""

from ._body import document
from ._family import JobFamily
from ._jobs import describe_media_job
from ._operation import Operation, decipher

__all__ = ["JobFamily", "Operation", "decipher", "describe_media_job", "document"]
