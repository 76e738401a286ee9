"""Process records through their stages, on this machine or on many."""
