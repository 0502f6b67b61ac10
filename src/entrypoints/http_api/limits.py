"""How much a request may carry, and how long it may take."""

SINGLE_BYTES_MAX = 4 * 1024 * 1024
"""The largest body of a single thing, in bytes: an HTML mail of a megabyte fits, however JSON escapes it."""

WEBHOOK_BYTES_MAX = 8 * 1024 * 1024
"""The largest call of a provider, in bytes; SendGrid gathers events for seconds before it calls."""

NOTIFICATION_BYTES_MAX = 16 * 1024 * 1024
"""The largest body of a notification or a campaign, in bytes: texts, and attachments as base64."""

FORM_BYTES_MAX = 64 * 1024
"""The largest form of a page behind a link, in bytes: hundreds of topics fit. It needs no key."""

BATCH_BYTES_MAX = 32 * 1024 * 1024
"""The largest body of a batch, in bytes."""

SILENCE_MAX_S = 20.0
"""How long a client may pause while it sends a body."""

BODY_MAX_S = 30.0
"""How long a body may take, besides a second for each so many bytes of it."""

BODY_BYTES_A_SECOND = 16 * 1024
"""How slowly a body may come."""

WEBHOOKS_AT_ONCE = 32
"""How many calls of providers are read at once; the others wait. Anybody may call, and each may be large."""

DRAIN_BYTES_MAX = 2 * BATCH_BYTES_MAX
"""How much of a body that nobody wants is read all the same, so that its sender gets to read the answer."""

DRAIN_MAX_S = 5.0
"""How long that may take."""

HEAD_BYTES_MAX = 64 * 1024
"""How much the line and the headers of a request may take together."""

HEAD_MAX_S = 20.0
"""How long a client may take from connecting, or from the first byte of a further request, to the end of its head."""

UNREAD_MAX_S = 20.0
"""How long a client may read nothing of an answer that waits for it."""

CONNECTIONS_MAX = 800
"""How many may be connected at once: a process may usually have 1024 files open, and the store needs some of them."""

STREAMS_MAX = 400
"""How many streams may be open at once: half of the connections stay for those who ask and go."""

STREAMS_OF_ONE_MAX = 20
"""How many of them of one person."""

STREAM_MAX_S = 3600.0
"""How long a stream goes on before its client has to show its key again."""

HEARTBEAT_S = 15.0
"""After how long a stream says something though nothing happened, so that nobody on the way takes it for dead."""
