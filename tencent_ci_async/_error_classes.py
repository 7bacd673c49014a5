"""Which class of error an error answer is: the service's tables, in short."""

from __future__ import annotations

from .errors import (
    AccessError,
    ConflictError,
    JobNotModifiableError,
    NotFoundError,
    RequestError,
    ServerError,
    ServiceError,
    ThrottledError,
)

__all__ = ["service_error_class"]

# Where the status alone would mislead. The same code can come with two statuses, so both are the key.
# Source: Tencent Cloud CI API, error codes; COS API, error codes.
_CLASS_BY_STATUS_AND_CODE: dict[tuple[int, str], type[ServiceError]] = {
    (307, "TemporaryRedirect"): ServerError,
    (400, "CIRoleNotExist"): AccessError,
    (400, "EntitySizeNotMatch"): ServerError,
    (400, "ExpiredToken"): AccessError,
    (400, "IncompleteBody"): ServerError,
    (400, "KmsException"): ServerError,
    (400, "RequestTimeout"): ServerError,
    (400, "ResourceAccessDenied"): AccessError,
    (400, "ResourceDownloadFailed"): ServerError,
    (400, "ResourceNotFound"): NotFoundError,
    (400, "UserNetworkTooSlow"): ThrottledError,
    (403, "InvalidObjectState"): ConflictError,
    (403, "MediaBucketAlreadyBinded"): ConflictError,
    (403, "QueuePaused"): ConflictError,
    (403, "QueueSaturated"): ThrottledError,
    (404, "InvalidUrl"): RequestError,
    (503, "KmsFreqControl"): ThrottledError,
    (503, "SlowDown"): ThrottledError,
}

_CLASS_BY_STATUS: dict[int, type[ServiceError]] = {
    401: AccessError,
    402: AccessError,
    403: AccessError,
    404: NotFoundError,
    407: AccessError,
    408: ServerError,
    409: ConflictError,
    429: ThrottledError,
    451: AccessError,
    501: RequestError,
}


def service_error_class(status: int, code: str | None, message: str) -> type[ServiceError]:
    """Return the class of error for one error answer.

    Args:
        status: The HTTP status; anything outside 2xx.
        code: The service's error code, if the body named one.
        message: The service's message; it alone tells that a job can not be modified.

    Returns:
        The most specific subclass of `ServiceError`.
    """
    if 400 <= status < 500 and "not be modified" in message.lower():
        return JobNotModifiableError
    if code is not None and (known := _CLASS_BY_STATUS_AND_CODE.get((status, code))):
        return known
    if known := _CLASS_BY_STATUS.get(status):
        return known
    return ServerError if status >= 500 else RequestError
