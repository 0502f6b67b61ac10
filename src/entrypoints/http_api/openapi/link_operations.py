"""The pages behind the links of messages, for people and for the mail programs that unsubscribe for them."""

from entrypoints.http_api.openapi.operation import Answer, Body, Operation, Parameter
from entrypoints.http_api.openapi.schema_words import text
from entrypoints.http_api.rendering import FORM

_TAG = "links"
_HTML = "text/html"
_TOKEN = Parameter(
    name="token",
    place="path",
    description="What stands in the link of a message",
    schema=text(minLength=1, maxLength=4096, pattern="^[A-Za-z0-9_.-]+$"),
    required=True,
)
_ONE_CLICK = {"type": "object", "description": "What mail programs send; undo takes it back"}
_CHOICES = {"type": "object", "description": "The fields of the page; one that is left out stays as it is"}


def _page(description: str) -> Answer:
    return Answer(description=description, schema=text("A page"), media_type=_HTML)


_NO_LINK = _page("The link is not complete, or not one of ours")
_OVER = _page("The time of the link is over, it was revoked, or it was for somebody who was erased")
_CUT_OFF = _page("What was sent did not come as a whole")
_LARGE = _page("The form is too large; nothing was changed")
_NOT_NOW = Answer(
    description="The store cannot be used now",
    schema=text("A page"),
    headers={"Retry-After": {"type": "integer"}},
    media_type=_HTML,
)

SHOW_UNSUBSCRIBE = Operation(
    id="showUnsubscribe",
    summary="Show a page that asks whether to unsubscribe; changes nothing",
    tag=_TAG,
    scope=None,
    parameters=[_TOKEN],
    answers={200: _page("The page"), 404: _NO_LINK, 410: _OVER, 503: _NOT_NOW},
)
UNSUBSCRIBE = Operation(
    id="unsubscribe",
    summary="Unsubscribe the person from what the message was about, whatever form is sent (RFC 8058)",
    tag=_TAG,
    scope=None,
    parameters=[_TOKEN],
    body=Body(content={FORM: _ONE_CLICK}, example={"List-Unsubscribe": "One-Click"}, required=False),
    answers={
        200: _page("It is done, or was before; the same whether or not there is such a person"),
        400: _CUT_OFF,
        404: _NO_LINK,
        410: _OVER,
        503: _NOT_NOW,
    },
)
SHOW_PREFERENCE_PAGE = Operation(
    id="showPreferencePage",
    summary="Show a page with what the person can choose",
    tag=_TAG,
    scope=None,
    parameters=[_TOKEN],
    answers={200: _page("The page"), 404: _NO_LINK, 410: _OVER, 503: _NOT_NOW},
)
SAVE_PREFERENCE_PAGE = Operation(
    id="savePreferencePage",
    summary="Keep what the person chose on that page",
    tag=_TAG,
    scope=None,
    parameters=[_TOKEN],
    body=Body(content={FORM: _CHOICES}, example={"email.promotional": "no", "quiet": "usual"}, required=False),
    answers={
        200: _page("The page, with what is kept now"),
        400: _CUT_OFF,
        404: _NO_LINK,
        410: _OVER,
        413: _LARGE,
        422: _page(
            "The page, with what is wrong beside what was typed, or that it cannot be read; nothing was changed"
        ),
        503: _NOT_NOW,
    },
)
STYLE = Operation(
    id="styleOfPages",
    summary="Give the style of these pages",
    tag=_TAG,
    scope=None,
    answers={200: Answer(description="The style", schema=text("CSS"), media_type="text/css")},
)
