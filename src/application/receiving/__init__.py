"""Taking what providers say later."""
