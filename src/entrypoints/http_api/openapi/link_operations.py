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
_OVER = _page("The time of the link is over, or it was revoked")

SHOW_UNSUBSCRIBE = Operation(
    id="showUnsubscribe",
    summary="Show a page that asks whether to unsubscribe; changes nothing",
    tag=_TAG,
    scope=None,
    parameters=[_TOKEN],
    answers={200: _page("The page"), 404: _NO_LINK, 410: _OVER},
    problems=[503],
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
        404: _NO_LINK,
        410: _OVER,
    },
    problems=[400, 413, 503],
)
SHOW_PREFERENCE_PAGE = Operation(
    id="showPreferencePage",
    summary="Show a page with what the person can choose",
    tag=_TAG,
    scope=None,
    parameters=[_TOKEN],
    answers={200: _page("The page"), 404: _NO_LINK, 410: _OVER},
    problems=[503],
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
        404: _NO_LINK,
        410: _OVER,
        422: _page("The page, with what is wrong beside what was typed; nothing was changed"),
    },
    problems=[400, 413, 503],
)
STYLE = Operation(
    id="styleOfPages",
    summary="Give the style of these pages",
    tag=_TAG,
    scope=None,
    answers={200: Answer(description="The style", schema=text("CSS"), media_type="text/css")},
)
