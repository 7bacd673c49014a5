"""Answers that say what is known already: a job whose piece of XML has not changed is not parsed again.

Whoever polls is told the same again and again. The body is cut into the pieces of its jobs; a piece that
equals one from which a job was read, and which somebody still holds, is that job. Nothing is kept alive for
this but the pieces, and whatever is not cut easily and safely is parsed as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from ._xml import Document, parse_document
from .models import JobDetail

__all__ = ["KnownJobs", "Reading"]

_NAME: Final = b"JobsDetail"
_OPENING: Final = b"<JobsDetail>"
_CLOSING: Final = b"</JobsDetail>"
# Another encoding would have to be declared for each piece as well.
_HEAD: Final = re.compile(rb'\s*(?:<\?xml version="1\.0"(?: encoding="(?i:utf-8)")? ?\?>)?\s*<Response>\s*')
# In a longer body the jobs are so many, or so large, that it is parsed in a thread.
_LONGEST: Final = 262_144


class Reading(NamedTuple):
    """A document, and the pieces that jobs stand in which are not known yet, by the number of the job."""

    document: Document
    jobs: int = 0
    unknown: Sequence[tuple[int, bytes]] = ()


class KnownJobs:
    """The jobs that somebody holds, by the XML that they were read from."""

    def __init__(self) -> None:
        self._jobs: WeakValueDictionary[bytes, JobDetail] = WeakValueDictionary()

    def read(self, body: bytes) -> Reading:
        """Return the document that a body holds; jobs that are known stand in it as themselves.

        Raises:
            UnreadableAnswerError: As `parse_document` does.
        """
        cut = _cut(body)
        if cut is None:
            return Reading(parse_document(body))
        pieces, rest = cut
        jobs: list[object] = [self._jobs.get(piece) for piece in pieces]
        unknown = [(number, pieces[number]) for number, job in enumerate(jobs) if job is None]
        if len(unknown) == len(pieces):
            return Reading(parse_document(body), len(pieces), unknown)
        for number, piece in unknown:
            jobs[number] = _parse_piece(piece)
        document = parse_document(b"<Response>" + rest)
        children = {**document.children, "JobsDetail": jobs}
        return Reading(Document(document.root, children), len(pieces), unknown)

    def learn(self, reading: Reading, jobs: Sequence[JobDetail]) -> None:
        """Know the jobs that were read, as long as somebody holds them."""
        # An empty piece is no job.
        if len(jobs) == reading.jobs:
            for number, piece in reading.unknown:
                self._jobs[piece] = jobs[number]


def _parse_piece(piece: bytes) -> object:
    # As deep as in the whole, so that the same limit of depth holds.
    document = parse_document(b"<Response><JobsDetail>" + piece + b"</JobsDetail></Response>")
    return document.children["JobsDetail"]


def _cut(body: bytes) -> tuple[list[bytes], bytes] | None:
    """Return what stands in each ``JobsDetail``, and the rest; None where that cannot be told by looking.

    The pieces must follow each other, first in the root, and be written plainly. Then the body is well-formed
    exactly if each piece is and the rest is, as long as nothing can hide a bracket: no comment, no CDATA, no
    processing instruction.
    """
    head, *others = body.split(_OPENING) if len(body) <= _LONGEST else [body]
    if not others or not _HEAD.fullmatch(head) or body.count(_NAME) != 2 * len(others):
        return None
    # A single byte is found much faster than two, and there is hardly ever one.
    if (b"!" in body and b"<!" in body) or (
        body.find(b"?", len(head)) > 0 and body.find(b"<?", len(head)) > 0
    ):
        return None
    pieces: list[bytes] = []
    rest = b""
    for other in others:
        piece, closing, after = other.partition(_CLOSING)
        if not closing or rest.strip():
            return None
        pieces.append(piece)
        rest = after
    return pieces, rest
