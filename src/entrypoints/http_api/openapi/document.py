"""The description of the API (OpenAPI 3.1), made of the routes that there are."""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from litestar.routes import BaseRoute, HTTPRoute

from entrypoints.http_api.openapi.answer_schemas import ANSWERS, PAGES
from entrypoints.http_api.openapi.explanation_schemas import EXPLANATIONS
from entrypoints.http_api.openapi.magic_recipients import TESTS
from entrypoints.http_api.openapi.operation import OPTIONS, Answer, Operation, operation_of
from entrypoints.http_api.openapi.request_schemas import REQUESTS
from entrypoints.http_api.openapi.schema_words import ref
from entrypoints.http_api.rendering import PROBLEM_JSON

VERSION = "1.0.0"
"""The version of the API: the number before the first point stands in every path."""

_GUARDED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE)
_HEADERS_OF_PROBLEMS: Mapping[int, str] = {
    401: "WWW-Authenticate",
    403: "WWW-Authenticate",
    503: "Retry-After",
}


def operations(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, str, Operation]]:
    """Yield path, method and operation of every route."""
    for route in routes:
        assert isinstance(route, HTTPRoute), f"{route.path} is not HTTP"
        for handler in route.route_handlers:
            operation = operation_of(handler)
            if operation is not OPTIONS:
                for method in handler.http_methods:
                    yield route.path_format, method, operation


def document(routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI document of *routes*."""
    paths: dict[str, dict[str, Any]] = {}
    for path, method, operation in operations(routes):
        paths.setdefault(path, {})[method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tocsin",
            "version": VERSION,
            "description": f"Self-hosted notifications. Every error is a problem (RFC 9457).\n\n{TESTS}",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**REQUESTS, **ANSWERS, **EXPLANATIONS, **PAGES},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": (
                        "A key of tocsin keys create; manage allows what send and read allow. What a test key asks for "
                        "reaches no gateway; it finds notifications, campaigns and lanes of tests alone, and no other "
                        "key finds those. The description of this API says what recipients it has."
                    ),
                },
                "inboxToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of makeInboxToken; in the header, or as ?token= where none can be set",
                },
            },
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    problems = sorted({*operation.problems, *(_GUARDED if operation.scope else ())})
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {
            **{str(status): _answer(answer) for status, answer in operation.answers.items()},
            **{str(int(status)): _problem(int(status)) for status in problems},
        },
        "security": [],
    }
    if operation.scope is not None:
        refused = "" if operation.for_tests else " No test key may do this."
        described["description"] = f"The key needs the scope `{operation.scope}`.{refused}"
        described["security"] = [{"key": [operation.scope.value]}]
        if operation.inbox_token:
            described["description"] += " A token for this inbox will do as well."
            described["security"].append({"inboxToken": []})
    if operation.parameters:
        described["parameters"] = [
            {
                "name": one.name,
                "in": one.place,
                "required": one.required,
                "description": one.description,
                "schema": one.schema,
            }
            for one in operation.parameters
        ]
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.body.required,
            "content": {
                media_type: {"schema": schema, "example": operation.body.example_as(media_type)}
                for media_type, schema in operation.body.content.items()
            },
        }
    return described


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.schema is not None:
        described["content"] = {answer.media_type: {"schema": answer.schema}}
    if answer.headers:
        described["headers"] = {name: {"schema": schema} for name, schema in answer.headers.items()}
    return described


def _problem(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_JSON: {"schema": ref("Problem")}},
    }
    if status in _HEADERS_OF_PROBLEMS:
        described["headers"] = {_HEADERS_OF_PROBLEMS[status]: {"schema": {"type": "string"}}}
    return described
