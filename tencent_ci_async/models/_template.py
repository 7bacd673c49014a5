"""Templates: parameters of jobs, kept by the service under an id."""

from pydantic import Field

from ._concat import ConcatTemplate
from ._response import ServiceResult
from ._wire import WireInt, WireModel, WireStr, WireTime, XmlList, XmlOne, no_items

__all__ = [
    "DeleteMediaTemplateResult",
    "DescribeMediaTemplatesResult",
    "MediaTemplate",
    "MediaTemplateResult",
]


class MediaTemplate(WireModel):
    """A template. The parameters of other kinds than splicing are kept in ``model_extra``.

    Source: Tencent Cloud CI API, DescribeMediaTemplates, TemplateList; Tencent Cloud Go SDK for COS.
    """

    template_id: WireStr = None
    """Id of the template: what ``Operation.template_id`` of a job names."""

    name: WireStr = None
    """Name of the template."""

    tag: WireStr = None
    """Kind of jobs it is for, such as ``Concat``."""

    bucket_id: WireStr = None
    """Bucket that it belongs to, with the APPID at its end."""

    category: WireStr = None
    """``Custom`` for one of your own, ``Official`` for one that the service brings along."""

    create_time: WireTime = None
    """When it was made."""

    update_time: WireTime = None
    """When it was last changed."""

    concat_template: XmlOne[ConcatTemplate] = None
    """How media files are joined; splicing templates only."""


class DescribeMediaTemplatesResult(ServiceResult):
    """One page of the templates that were looked for.

    Source: Tencent Cloud CI API, DescribeMediaTemplates.
    """

    total_count: WireInt = None
    """Number of templates on all pages."""

    page_number: WireInt = None
    """Number of this page, from 1."""

    page_size: WireInt = None
    """Most templates on a page."""

    template_list: XmlList[MediaTemplate] = Field(default_factory=no_items)
    """The templates of this page."""


class MediaTemplateResult(ServiceResult):
    """A template after it was made or changed.

    Source: Tencent Cloud CI API, CreateMediaTemplate and UpdateMediaTemplate.
    """

    template: MediaTemplate = Field(default_factory=MediaTemplate)
    """The template as it is now."""


class DeleteMediaTemplateResult(ServiceResult):
    """What was deleted.

    Source: Tencent Cloud CI API, DeleteMediaTemplate.
    """

    template_id: WireStr = None
    """Id of the template that was deleted."""
