"""Reading what a caller sent, strictly: every wrong field is named, nothing is guessed."""
