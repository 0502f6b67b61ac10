"""Looking at what happened, and why."""
