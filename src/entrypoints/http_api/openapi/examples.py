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
RECIPIENT = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "phone": "+14155550100",
    "locale": "en-GB",
    "timezone": "Europe/London",
    "attributes": {"plan": "pro"},
}
RECIPIENTS = [{"id": "ada", "attributes": {"plan": "team"}}, {"id": "bob", "email": "bob@example.com"}]
CAMPAIGN = {
    "audience": "plan = pro",
    "channels": ["email", "in_app"],
    "type": "promotional",
    "name": "spring",
    "subject": "News for {{ recipient.name }}",
    "body": "Hello {{ recipient.name }}, spring is here.",
    "rate": 100,
}
LANE = {"name": "email/promotional"}
PACE = {"name": "email/promotional", "rate": 50}
SUPPRESSION = {"channel": "email", "address": "bob@example.com", "detail": "asked for it by phone"}
GATEWAY_PAUSE = {"seconds": 600}
INBOX_TOKEN = {"seconds": 900}
RETRY = {"expires_at": "2031-06-01T09:00:00+02:00"}
WEBHOOK = [{"event": "delivered", "email": "ada@example.com", "sg_event_id": "ZGVsaXZlcmVk", "timestamp": 1893456000}]
