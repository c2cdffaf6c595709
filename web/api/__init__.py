"""`/api/v1`: for scripts with tokens, what the command line's JSON says. Names are added to it, never changed."""
