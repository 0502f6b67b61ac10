"""Reading the configuration: one value, one table, the whole of it; every problem at once."""
