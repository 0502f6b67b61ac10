"""The people who are told: bringing them in, changing them, looking at them."""
