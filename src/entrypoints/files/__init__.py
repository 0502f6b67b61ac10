"""Reading files of people and of ids, as streams."""
