"""Reports, and the gateways."""

from litestar import Response, get

from application.insight.inspect_gateways import ListGateways
from application.insight.report import Report
from entrypoints.http_api.authentication import ApiRequest
from entrypoints.http_api.openapi import operations
from entrypoints.http_api.reading.queries import ReportQuery, read_query
from entrypoints.http_api.rendering import page
from entrypoints.http_api.routes.given import Given
from entrypoints.wire_format import gateway_json, report_row_json


@get("/v1/reports/summary", opt=operations.REPORT.as_opt(), sync_to_thread=True)
def summarize(request: ApiRequest, report: Given[Report]) -> Response[bytes]:
    """Return what happened to notifications."""
    asked = read_query(ReportQuery, request)
    return page([report_row_json(row) for row in report(asked.days, asked.by, test=request.auth.test)])


@get("/v1/gateways", opt=operations.LIST_GATEWAYS.as_opt(), sync_to_thread=True)
def list_gateways(list_gateways: Given[ListGateways]) -> Response[bytes]:
    """Return every gateway with its health."""
    return page([gateway_json(state) for state in list_gateways()])
