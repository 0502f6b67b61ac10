"""Keeping Tocsin well: creating the store, looking for what is wrong."""
