"""Looking at records: which of them, one of them in full, figures over all of them."""
