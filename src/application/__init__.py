"""The use cases, and the ports through which they touch the world."""
