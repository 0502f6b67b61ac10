"""The store in one SQLite file: the default, for one machine and any number of its processes."""
