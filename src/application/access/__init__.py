"""Who may call over HTTP."""
