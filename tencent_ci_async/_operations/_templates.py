"""The calls about templates: parameters of jobs, kept by the service under an id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, cast

from tencent_ci_async import models
from tencent_ci_async.errors import ConfigurationError

from ._arguments import checked_count, checked_id, checked_text, joined
from ._body import document
from ._operation import Operation

if TYPE_CHECKING:
    from tencent_ci_async.models import (
        ConcatTemplate,
        DeleteMediaTemplateResult,
        DescribeMediaTemplatesResult,
        MediaTemplateResult,
    )

__all__ = [
    "create_media_template",
    "delete_media_template",
    "describe_media_templates",
    "media_template_conditions",
    "update_media_template",
]

_MOST_ON_A_PAGE: Final = 100
_MODES: Final = ("Start", "End")


def create_media_template(name: str, concat_template: ConcatTemplate) -> Operation[MediaTemplateResult]:
    """Return the call that makes a splicing template.

    Raises:
        ConfigurationError: The name or the parameters are not usable.

    Source: Tencent Cloud CI API, CreateMediaTemplate, Concat.
    """
    return Operation(
        name="CreateMediaTemplate",
        method="POST",
        path="/template",
        # Sent twice, it may make two.
        idempotent=False,
        result=models.MediaTemplateResult,
        body=_body(name, concat_template),
    )


def update_media_template(
    template_id: str, name: str, concat_template: ConcatTemplate
) -> Operation[MediaTemplateResult]:
    """Return the call that gives a splicing template another name and other parameters.

    Raises:
        ConfigurationError: The id, the name or the parameters are not usable.

    Source: Tencent Cloud CI API, UpdateMediaTemplate, Concat.
    """
    return Operation(
        name="UpdateMediaTemplate",
        method="PUT",
        path=f"/template/{checked_id('template_id', template_id)}",
        idempotent=True,
        result=models.MediaTemplateResult,
        body=_body(name, concat_template),
    )


def delete_media_template(template_id: str) -> Operation[DeleteMediaTemplateResult]:
    """Return the call that deletes a template.

    Raises:
        ConfigurationError: The id is not usable.

    Source: Tencent Cloud CI API, DeleteMediaTemplate.
    """
    return Operation(
        name="DeleteMediaTemplate",
        method="DELETE",
        path=f"/template/{checked_id('template_id', template_id)}",
        idempotent=True,
        result=models.DeleteMediaTemplateResult,
        says_nothing=True,
    )


def media_template_conditions(
    *,
    tag: str | None,
    category: str | None,
    template_ids: Iterable[str] | None,
    name: str | None,
    page_size: int,
) -> tuple[tuple[str, str], ...]:
    """Return the query parameters that all pages of a list of templates share.

    Raises:
        ConfigurationError: A condition is not usable.

    Source: Tencent Cloud CI API, DescribeMediaTemplates.
    """
    query: list[tuple[str, str]] = []
    if tag is not None:
        query.append(("tag", checked_text("tag", tag)))
    if category is not None:
        query.append(("category", checked_text("category", category)))
    if template_ids is not None:
        query.append(("ids", joined("template_ids", template_ids)))
    if name is not None:
        query.append(("name", checked_text("name", name)))
    query.append(("pageSize", str(checked_count("page_size", page_size, at_most=_MOST_ON_A_PAGE))))
    return tuple(query)


def describe_media_templates(
    conditions: Sequence[tuple[str, str]], *, page_number: int
) -> Operation[DescribeMediaTemplatesResult]:
    """Return the call that asks for one page of templates.

    Args:
        conditions: Those of `media_template_conditions`.
        page_number: The number of the page, from 1.

    Raises:
        ConfigurationError: The number of the page is not usable.

    Source: Tencent Cloud CI API, DescribeMediaTemplates.
    """
    return Operation(
        name="DescribeMediaTemplates",
        method="GET",
        path="/template",
        idempotent=True,
        result=models.DescribeMediaTemplatesResult,
        query=(*conditions, ("pageNumber", str(checked_count("page_number", page_number)))),
    )


def _body(name: str, concat_template: ConcatTemplate) -> bytes:
    _check_concat(concat_template)
    template = models.MediaTemplate(
        tag="Concat", name=checked_text("name", name), concat_template=concat_template
    )
    return document("Request", template)


def _check_concat(concat_template: ConcatTemplate) -> None:
    # A job may leave out more of these than a template may.
    if not isinstance(cast("object", concat_template), models.ConcatTemplate):
        raise ConfigurationError(
            f"concat_template is a {type(concat_template).__name__}, not a ConcatTemplate"
        )
    if not concat_template.concat_fragment:
        raise ConfigurationError("concat_template.concat_fragment is empty: a template needs a fragment")
    for number, fragment in enumerate(concat_template.concat_fragment):
        where = f"concat_template.concat_fragment[{number}]"
        if fragment.url is None:
            raise ConfigurationError(f"{where}.url is missing")
        if fragment.mode not in _MODES:
            raise ConfigurationError(f"{where}.mode is {fragment.mode!r}: a template needs 'Start' or 'End'")
    if concat_template.container is None or concat_template.container.format is None:
        raise ConfigurationError("concat_template.container.format is missing")
    # Imported late, as for submitting: these rules are many.
    from tencent_ci_async._request_checks import check_node_alone  # noqa: PLC0415

    check_node_alone(concat_template, "concat_template")
