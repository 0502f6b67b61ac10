"""How fast Tocsin is, beside its floors and its peers; ``make bench`` runs it."""
