"""Tocsin in memory: honest fakes for tests and trials, held to the same contracts as the durable adapters."""
