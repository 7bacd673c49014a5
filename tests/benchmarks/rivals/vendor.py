"""The vendor's synchronous client, in threads."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from vendor import describe, vendor_client

from .client import Client, batches, note_ended


class AnIdEach(Client):
    """An id in each request."""

    size = 1

    def __init__(self, base: str, width: int) -> None:
        super().__init__(base, width)
        self.client = vendor_client(base)
        self.threads = ThreadPoolExecutor(width)

    def one_by_one(self, job_ids: Sequence[str]) -> object:
        for job_id in job_ids:
            describe(self.client, job_id)
        return None

    def all_at_once(self, job_ids: Sequence[str]) -> object:
        return list(self.threads.map(lambda job_id: describe(self.client, job_id), job_ids))

    def fan_out(self, job_ids: Sequence[str]) -> list[dict[str, object]]:
        parts = batches(job_ids, self.size)
        return list(self.threads.map(lambda part: describe(self.client, *part), parts))

    def fan_out_ended(self, running: set[str], late: list[float]) -> None:
        def look(part: Sequence[str]) -> None:
            jobs = describe(self.client, *part)["JobsDetail"]
            note_ended(running, late, [job["JobId"] for job in jobs if job["State"] == "Success"])

        list(self.threads.map(look, batches(sorted(running), self.size)))

    def close(self) -> None:
        self.threads.shutdown()


class Joined(AnIdEach):
    """Ten ids in each request, joined by hand."""

    size = 10
