"""What Tocsin knows and decides: values and pure functions, no clock, no randomness, no input or output."""
