"""Tocsin over HTTP: thin routes that read a request, call one use case and render its answer."""
