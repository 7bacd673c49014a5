"""The body of an answer: as long as the cap allows, whatever the peer sends."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Iterator
from typing import Final, cast

import httpx

from .errors import ResponseTooLargeError, UnreadableAnswerError
from .models import ResponseInfo

__all__ = ["read_body"]

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_INFLATED_AT_ONCE: Final = 65_536


async def read_body(response: httpx.Response, info: ResponseInfo, limit: int) -> bytes:
    """Return the body, never holding more than the limit and one piece, received or inflated."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise UnreadableAnswerError(
            f"the answer came with Content-Encoding {encoding[:40]!r}, which was not asked for",
            request_id=info.request_id,
            response=info,
        )
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(info, limit)
    inflater = None if encoding in {"", "identity"} else _Inflater(info)
    pieces: list[bytes] = []
    received = size = 0
    # The stream gives the bytes as received; httpx's own decoders would inflate a piece to any size.
    async for piece in cast("AsyncIterable[bytes]", response.stream):
        received += len(piece)
        for inflated in (piece,) if inflater is None else inflater.inflate(piece):
            size += len(inflated)
            if received > limit or size > limit:
                # The error's traceback would keep them for as long as somebody looks at it.
                pieces.clear()
                raise _too_large(info, limit)
            pieces.append(inflated)
    if inflater is not None and received:
        inflater.check_complete()
    return b"".join(pieces)


class _Inflater:
    """Inflates a body piece by piece, and each by little and little."""

    def __init__(self, info: ResponseInfo) -> None:
        self._info = info
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)

    def inflate(self, piece: bytes) -> Iterator[bytes]:
        """Yield what a piece becomes, a little at a time: whoever has enough need not go on."""
        rest = piece
        while rest and not self._stream.eof:
            try:
                inflated = self._stream.decompress(rest, _INFLATED_AT_ONCE)
            except zlib.error:
                break
            rest = self._stream.unconsumed_tail
            yield inflated
        else:
            return
        raise self._unreadable("is not compressed as its header says")

    def check_complete(self) -> None:
        if not self._stream.eof:
            raise self._unreadable("ends too early")

    def _unreadable(self, what: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(
            f"the compressed body {what}", request_id=self._info.request_id, response=self._info
        )


def _too_large(info: ResponseInfo, limit: int) -> ResponseTooLargeError:
    return ResponseTooLargeError(
        f"the body is larger than max_response_bytes ({limit}); reading stopped",
        request_id=info.request_id,
        response=info,
    )
