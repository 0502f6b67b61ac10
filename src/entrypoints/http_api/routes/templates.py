"""Keeping templates and looking at them."""

from litestar import Response, delete, get, post, put
from litestar.params import FromPath, RawBody

from application.templates.find_templates import DeleteTemplate, ListTemplates, ShowTemplate
from application.templates.preview_template import PreviewTemplate
from application.templates.put_template import PutTemplateDraft
from domain.errors import InvalidInput
from domain.template import NO_VARIABLES, TemplateUse
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.limits import NOTIFICATION_BYTES_MAX, SINGLE_BYTES_MAX
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.bodies import CONVERTER, TemplatePreviewBody
from entrypoints.http_api.reading.contents import json_value, optional_json_value
from entrypoints.http_api.reading.queries import (
    TemplateQuery,
    TemplatesQuery,
    read_query,
    to_known_template_name,
    to_template_name,
)
from entrypoints.http_api.reading.strict import read
from entrypoints.http_api.rendering import answer, page
from entrypoints.http_api.routes.given import Given
from entrypoints.template_shape import read_template
from entrypoints.wire_format import template_entry_json, template_json, template_preview_json, template_stored_json


@put(
    "/v1/templates/{name:str}",
    opt=operations.PUT_TEMPLATE.as_opt(),
    request_max_body_size=NOTIFICATION_BYTES_MAX,
    sync_to_thread=True,
)
def put_template(
    request: ApiRequest, body: RawBody, name: FromPath[str], put_template: Given[PutTemplateDraft]
) -> Response[bytes]:
    """Store one template."""
    stored = put_template(read_template(json_value(request, body), to_template_name(name)))
    return answer(template_stored_json(stored), 201 if stored.is_new else 200)


@get("/v1/templates", opt=operations.LIST_TEMPLATES.as_opt(), sync_to_thread=True)
def list_templates(request: ApiRequest, list_templates: Given[ListTemplates]) -> Response[bytes]:
    """Return one page of templates."""
    asked = read_query(TemplatesQuery, request)
    found = list_templates(asked.limit, asked.after)
    return page([template_entry_json(one) for one in found.items], found.next)


@get("/v1/templates/{name:str}", opt=operations.GET_TEMPLATE.as_opt(), sync_to_thread=True)
def get_template(request: ApiRequest, name: FromPath[str], show_template: Given[ShowTemplate]) -> Response[bytes]:
    """Return one template."""
    asked = read_query(TemplateQuery, request)
    return answer(template_json(show_template(to_known_template_name(name), asked.version)))


@delete("/v1/templates/{name:str}", opt=operations.DELETE_TEMPLATE.as_opt(), status_code=204, sync_to_thread=True)
def delete_template(name: FromPath[str], delete_template: Given[DeleteTemplate]) -> None:
    """Let nobody send by one template any more."""
    delete_template(to_known_template_name(name))


@post(
    "/v1/templates/{name:str}/preview",
    opt=operations.PREVIEW_TEMPLATE.as_opt(),
    status_code=200,
    request_max_body_size=SINGLE_BYTES_MAX,
    sync_to_thread=True,
)
def preview_template(
    request: ApiRequest, body: RawBody, name: FromPath[str], preview_template: Given[PreviewTemplate]
) -> Response[bytes]:
    """Return what somebody would get of one template."""
    asked, errors = read(TemplatePreviewBody, optional_json_value(request, body), CONVERTER)
    if errors or asked is None:
        raise InvalidInput(errors)
    use = TemplateUse(to_known_template_name(name), asked.variables or NO_VARIABLES)
    return answer(template_preview_json(preview_template(use, asked.recipient, asked.locale)))
