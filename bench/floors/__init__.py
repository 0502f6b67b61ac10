"""Floors: the same work in a plain loop over the same library, and nothing else in it."""
