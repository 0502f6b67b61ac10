"""From a request to a message that went out: accept, start campaigns, dispatch, retry, cancel."""
