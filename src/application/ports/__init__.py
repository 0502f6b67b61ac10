"""What the use cases need of the world: small protocols, each method of a store one transaction."""
