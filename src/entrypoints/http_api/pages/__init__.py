"""The pages that people see who follow a link of a message; they work without scripts."""
