"""The description of the API that is served at ``/openapi.json``."""
