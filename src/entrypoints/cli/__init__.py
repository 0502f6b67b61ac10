"""The command line: thin doors that parse, call one use case and render."""
