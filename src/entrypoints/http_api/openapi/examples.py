"""Requests that work: they stand in the description of the API, and a test sends each of them."""

NOTIFICATION = {
    "to": "ada",
    "channel": "email",
    "type": "transactional",
    "subject": "Your order",
    "body": "It is on its way.",
}
NOTIFICATIONS = [
    NOTIFICATION,
    {
        "to": "ada",
        "channel": "in_app",
        "type": "informational",
        "body": "Your invoice is ready.",
        "topic": "billing",
        "key": "invoice-7",
    },
]
TO_DECIDE = {**NOTIFICATION, "type": "promotional", "topic": "offers"}
RECIPIENT = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "phone": "+14155550100",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "attributes": {"plan": "pro"},
}
RECIPIENTS = [{"id": "ada", "attributes": {"plan": "team"}}, {"id": "bob", "email": "bob@example.com"}]
PREFERENCES = {
    "choices": [
        {"type": "promotional", "wanted": False},
        {"channel": "email", "type": "promotional", "topic": "offers", "wanted": True},
    ],
    "quiet_hours": "21:00-08:00",
}
CAMPAIGN = {
    "audience": "plan = pro",
    "channels": ["email", "in_app"],
    "type": "promotional",
    "name": "spring",
    "subject": "News for {{ recipient.name }}",
    "body": "Hello {{ recipient.name }}, spring is here.",
    "rate": 100,
}
CAMPAIGN_BY_LOCAL_TIME = {
    "audience": "all",
    "channels": ["email"],
    "type": "promotional",
    "subject": "Good morning, {{ recipient.name }}",
    "body": "The doors are open.",
    "send_at": "09:00 local",
    "topic": "news",
}
TEMPLATE = {
    "variables": ["order"],
    "email": {
        "subject": "Order {{ order }} is on its way",
        "html": "<p>Dear {{ recipient.name }}, it left today.</p>",
        "de": {"subject": "Bestellung {{ order }} ist unterwegs", "body": "Hallo {{ recipient.name }}!"},
    },
    "sms": {"body": "Order {{ order }} is on its way."},
}
TEMPLATE_PREVIEW = {"recipient": "ada", "locale": "de-AT", "variables": {"order": 17}}
LANE = {"name": "email/promotional"}
PACE = {"name": "email/promotional", "rate": 50}
SUPPRESSION = {"channel": "email", "address": "bob@example.com", "detail": "asked for it by phone"}
GATEWAY_PAUSE = {"seconds": 600}
INBOX_TOKEN = {"seconds": 900}
RETRY = {"expires_at": "2031-06-01T09:00:00+02:00"}
WEBHOOK = [{"event": "delivered", "email": "ada@example.com", "sg_event_id": "ZGVsaXZlcmVk", "timestamp": 1893456000}]
WEBHOOK_FORM = {
    "MessageSid": "SM0123456789abcdef0123456789abcdef",
    "MessageStatus": "delivered",
    "To": "+14155550100",
    "From": "+14155550199",
    "AccountSid": "AC0123456789abcdef0123456789abcdef",
}
