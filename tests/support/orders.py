"""Requests that tell each other apart by the number of an order."""

from tencent_ci_async import (
    ConcatFragment,
    ConcatTemplate,
    Container,
    JobOutput,
    JobTag,
    MediaJobRequest,
    Operation,
)


def order(user_data="order 1", **fields):
    """A splice that is in order, apart from what is said otherwise."""
    template = ConcatTemplate(
        concat_fragment=[ConcatFragment(url=f"https://example.com/{n}.mp4") for n in range(2)],
        container=Container(format="mp4"),
    )
    operation = Operation(concat_template=template, output=JobOutput(object="out.mp4"), user_data=user_data)
    return MediaJobRequest(**{"tag": JobTag.CONCAT, "operation": operation, **fields})
