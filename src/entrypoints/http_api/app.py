"""The HTTP API as one ASGI application."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from domain.errors import TocsinError
from entrypoints.container import Container
from entrypoints.http_api.authentication import require_key
from entrypoints.http_api.cross_origin import CrossOrigin
from entrypoints.http_api.front import AsgiApp, Front
from entrypoints.http_api.inbox_streams import InboxStreams
from entrypoints.http_api.openapi.document import document
from entrypoints.http_api.pages.renderer import Pages
from entrypoints.http_api.problems import answer_bug, answer_http_error, answer_tocsin_error
from entrypoints.http_api.rendering import to_json
from entrypoints.http_api.routes import (
    campaigns,
    deciding,
    health,
    inbox,
    insight,
    links,
    notifications,
    preferences,
    recipients,
    sending,
    steering,
    suppressions,
    templates,
    webhooks,
)

ROUTES = (
    sending.send_one,
    sending.send_batch,
    deciding.decide_one,
    notifications.list_notifications,
    notifications.get_notification,
    notifications.explain_notification,
    notifications.cancel_notification,
    notifications.retry_notification,
    recipients.put_recipient,
    recipients.merge_recipients,
    recipients.list_recipients,
    recipients.get_recipient,
    recipients.erase_recipient,
    recipients.export_recipient,
    preferences.get_preferences,
    preferences.put_preferences,
    *inbox.ROUTES,
    insight.summarize,
    insight.list_gateways,
    campaigns.start_campaign,
    campaigns.preview_campaign,
    campaigns.list_campaigns,
    campaigns.get_campaign,
    campaigns.pause_campaign,
    campaigns.resume_campaign,
    campaigns.cancel_campaign,
    steering.list_lanes,
    steering.pause_lane,
    steering.resume_lane,
    steering.pace_lane,
    steering.pause_gateway,
    steering.resume_gateway,
    suppressions.list_suppressions,
    suppressions.add_suppression,
    suppressions.remove_suppression,
    templates.put_template,
    templates.list_templates,
    templates.get_template,
    templates.delete_template,
    templates.preview_template,
    webhooks.take_webhook,
    *links.ROUTES,
    health.live,
    health.ready,
    health.describe,
)


def create_app(
    container: Container, dispatcher_lives: Callable[[], bool] = lambda: True, streams: InboxStreams | None = None
) -> AsgiApp:
    """Return the application; what the routes use is made now, so that a store that cannot be used is known at once.

    Whoever serves it gives the *streams*, and ends them when it ends: they go on by themselves.

    :raises StoreUnavailable: the store cannot be opened.
    """
    routed = cast("AsgiApp", router(container, dispatcher_lives, streams))
    return Front(CrossOrigin(routed, container.settings().inbox_origins))


def router(
    container: Container, dispatcher_lives: Callable[[], bool] = lambda: True, streams: InboxStreams | None = None
) -> Litestar:
    """Return the router with every route and its description."""
    app = Litestar(
        # As one router: Litestar 2.25 wraps a threaded handler twice when another one joins its path later.
        # What answers OPTIONS comes first, or the router makes one that knows only the method it meets first.
        [Router("/", route_handlers=(links.say_methods, *ROUTES))],
        dependencies=_dependencies(container, dispatcher_lives, streams or InboxStreams(container.watch_inboxes())),
        guards=[require_key(container.authenticate(), container.check_inbox_token())],
        exception_handlers={
            TocsinError: answer_tocsin_error,
            HTTPException: answer_http_error,
            Exception: answer_bug,
        },
        openapi_config=None,  # Litestar describes what it parses itself; here bodies and queries are read strictly
        logging_config=None,
        state=State({}),
    )
    app.state[webhooks.WEBHOOKS] = container.webhook_kinds()
    app.state[health.DOCUMENT] = to_json(document(app.routes))
    return app


def _dependencies(
    container: Container, dispatcher_lives: Callable[[], bool], streams: InboxStreams
) -> Mapping[str, Provide]:
    used = {
        "enqueue": container.enqueue(),
        "answers": container.answers(),
        "clock": container.clock(),
        "keep_apart": container.keep_apart(),
        "find": container.find(),
        "find_campaign": container.find_campaign(),
        "show": container.show(),
        "why": container.why(),
        "decide": container.decide(),
        "cancel": container.cancel(),
        "retry": container.retry(),
        "put_recipient": container.put_recipient(),
        "import_recipients": container.import_recipients(),
        "find_recipients": container.find_recipients(),
        "get_recipient": container.get_recipient(),
        "erase_recipient": container.erase_recipient(),
        "export_recipient": container.export_recipient(),
        "show_preferences": container.show_preferences(),
        "put_preferences": container.put_preferences(),
        "read_inbox": container.read_inbox(),
        "mark_inbox": container.mark_inbox(),
        "follow_inbox": container.follow_inbox(),
        "make_inbox_token": container.make_inbox_token(),
        "inbox_streams": streams,
        "report": container.report(),
        "list_gateways": container.list_gateways(),
        "start_campaign": container.start_campaign(),
        "preview_bulk": container.preview_bulk(),
        "list_campaigns": container.list_campaigns(),
        "show_campaign": container.show_campaign(),
        "pause_campaign": container.pause_campaign(),
        "resume_campaign": container.resume_campaign(),
        "cancel_campaign": container.cancel_campaign(),
        "list_lanes": container.list_lanes(),
        "pause_lane": container.pause_lane(),
        "resume_lane": container.resume_lane(),
        "pace_lane": container.pace_lane(),
        "pause_gateway": container.pause_gateway(),
        "resume_gateway": container.resume_gateway(),
        "list_suppressions": container.list_suppressions(),
        "add_suppression": container.add_suppression(),
        "remove_suppression": container.remove_suppression(),
        "put_template": container.put_template(),
        "list_templates": container.list_templates(),
        "show_template": container.show_template(),
        "delete_template": container.delete_template(),
        "preview_template": container.preview_template(),
        "take_webhook": container.take_webhook(),
        "public_address": webhooks.PublicAddress(container.settings().public_url),
        "refusals": webhooks.Refusals(container.clock()),
        "link_desk": links.LinkDesk(
            check=container.check_link(),
            unsubscribe=container.unsubscribe(),
            subscribe_again=container.subscribe_again(),
            show=container.show_choices(),
            save=container.save_choices(),
            pages=Pages(container.settings().topics),
        ),
        "readiness": health.Readiness(container.list_gateways(), dispatcher_lives),
    }
    return {name: _always(thing) for name, thing in used.items()}


def _always(thing: Any) -> Provide:
    """Return a dependency that is *thing* on every request: use cases are frozen, and any thread may call them."""
    return Provide(lambda: thing, sync_to_thread=False)
