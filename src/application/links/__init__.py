"""Links with which people decide for themselves what they are told: to unsubscribe, and to their preferences."""
