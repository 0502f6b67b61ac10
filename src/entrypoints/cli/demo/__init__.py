"""A guided tour on a throw-away store."""
