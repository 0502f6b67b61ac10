"""Templates by name: putting them, looking at them, and seeing what they would say."""
