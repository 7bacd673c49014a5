"""The calls about templates: parameters of jobs, kept by the service under an id."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from tencent_ci_async import models
from tencent_ci_async._operations import (
    create_media_template,
    delete_media_template,
    describe_media_templates,
    media_template_conditions,
    update_media_template,
)
from tencent_ci_async._paging import Page, follow_numbers
from tencent_ci_async.errors import CIError, UnreadableAnswerError

from ._core import SessionCore
from ._doubt import may_have_worked

if TYPE_CHECKING:
    from tencent_ci_async.models import (
        ConcatTemplate,
        DeleteMediaTemplateResult,
        DescribeMediaTemplatesResult,
        MediaTemplate,
        MediaTemplateResult,
    )

__all__ = ["TemplateCalls"]


class TemplateCalls(SessionCore):
    """Templates for splicing: made, found, changed and deleted."""

    async def create_media_template(self, name: str, concat_template: ConcatTemplate) -> MediaTemplateResult:
        """Make a splicing template.

        It is not sent a second time when the first may have arrived. After such a failure, look for the name
        with `describe_media_templates` before trying again.

        Args:
            name: The name of the template.
            concat_template: How files are joined. It needs a ``container.format``, and fragments, each with
                ``url`` and ``mode``.

        Returns:
            The template in ``template``; its ``template_id`` is what jobs name.

        Raises:
            ConfigurationError: The name is blank, or something is missing that a template needs; or there
                are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`); ``may_have_arrived``
                tells whether the template may have been made.
            UnreadableAnswerError: The answer was not the document expected; the template may have been made.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, CreateMediaTemplate, Concat.
        """
        self._check_usable()
        result = await self._caller.call(create_media_template(name, concat_template))
        if result.template.template_id is None:
            raise UnreadableAnswerError(
                "the answer to CreateMediaTemplate names no template",
                request_id=result.request_id,
                response=result.response,
            )
        return result

    def describe_media_templates(
        self,
        *,
        tag: str | None = None,
        category: str | None = None,
        template_ids: Iterable[str] | None = None,
        name: str | None = None,
        page_size: int = 10,
    ) -> AsyncGenerator[MediaTemplate, None]:
        """Return an async iterator over all templates that meet the conditions, as many pages as there are.

        Args:
            tag: The kind of jobs that they are for, such as ``Concat``; any by default.
            category: ``Official`` for those that the service brings along. Its default is ``Custom``: your
                own.
            template_ids: The templates to look for; all by default.
            name: What their names begin with.
            page_size: Templates on a page, 1 to 100; 10 is the service's default.

        Raises:
            ConfigurationError: A condition is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: An answer was not the document expected, also after retries; or the same
                templates came again and again.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaTemplates.
        """
        self._check_usable()
        conditions = media_template_conditions(
            tag=tag, category=category, template_ids=template_ids, name=name, page_size=page_size
        )

        async def fetch(number: int) -> Page[MediaTemplate]:
            result = await self._caller.call(describe_media_templates(conditions, page_number=number))
            templates = [(template.template_id, template) for template in result.template_list]
            return Page(templates, result, total=result.total_count)

        return follow_numbers(fetch)

    async def describe_media_templates_page(
        self,
        *,
        page_number: int = 1,
        page_size: int = 10,
        tag: str | None = None,
        category: str | None = None,
        template_ids: Iterable[str] | None = None,
        name: str | None = None,
    ) -> DescribeMediaTemplatesResult:
        """Return one page of the templates that meet the conditions.

        Args:
            page_number: The number of the page, from 1.
            page_size: Templates on a page, 1 to 100.
            tag: The kind of jobs that they are for.
            category: ``Official`` or ``Custom``.
            template_ids: The templates to look for.
            name: What their names begin with.

        Returns:
            The templates in ``template_list``, and how many there are on all pages in ``total_count``.

        Raises:
            ConfigurationError: A condition is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DescribeMediaTemplates.
        """
        self._check_usable()
        conditions = media_template_conditions(
            tag=tag, category=category, template_ids=template_ids, name=name, page_size=page_size
        )
        return await self._caller.call(describe_media_templates(conditions, page_number=page_number))

    async def update_media_template(
        self, template_id: str, *, name: str, concat_template: ConcatTemplate
    ) -> MediaTemplateResult:
        """Give a splicing template another name and other parameters, in the place of all it had.

        Args:
            template_id: The id of the template.
            name: The name of the template, which the service wants also if it stays the same.
            concat_template: How files are joined, as in `create_media_template`.

        Returns:
            The template as it is now, in ``template``.

        Raises:
            ConfigurationError: The id or the name is not usable, or something is missing that a template
                needs; or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, UpdateMediaTemplate, Concat.
        """
        self._check_usable()
        return await self._caller.call(update_media_template(template_id, name, concat_template))

    async def delete_media_template(self, template_id: str) -> DeleteMediaTemplateResult:
        """Delete a template; jobs that name it can no longer be submitted.

        A request that may or may not have arrived is repeated. If in the end it is still open whether one
        did, the template is looked for, and one that is not there any more is what was wanted. For this the
        time limit of a call holds anew.

        Args:
            template_id: The id of the template.

        Returns:
            The id of what was deleted, in ``template_id``.

        Raises:
            ConfigurationError: The id is not usable, or there are no credentials. Nothing was sent.
            SessionClosedError: The session is closed, or belongs to another event loop. Nothing was sent.
            CredentialsError: The credentials provider failed.
            NoAnswerError: No answer arrived (`ConnectError`, `RequestTimeoutError`), also after retries.
            UnreadableAnswerError: The answer was not the document expected, also after retries.
            ServiceError: The service refused (`AccessError`, `RequestError`, `NotFoundError`,
                `ConflictError`) or was not able to answer after retries (`ThrottledError`, `ServerError`).

        Source: Tencent Cloud CI API, DeleteMediaTemplate.
        """
        self._check_usable()
        try:
            return await self._caller.call(delete_media_template(template_id))
        except CIError as error:
            failure = error
        found = await self._look_for(template_id) if may_have_worked(failure) else None
        if found is None or found.template_list:
            raise failure
        return models.DeleteMediaTemplateResult(template_id=template_id).with_response(found.response)

    async def _look_for(self, template_id: str) -> DescribeMediaTemplatesResult | None:
        try:
            return await self.describe_media_templates_page(template_ids=[template_id])
        except CIError:
            # What has gone wrong first says more.
            return None
