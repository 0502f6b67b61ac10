"""The in-app inbox: reading it, marking what is in it, following it."""
