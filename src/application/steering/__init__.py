"""Looking at what runs, and steering it: campaigns, lanes, gateways."""
