"""Making gateways of what the configuration says."""
