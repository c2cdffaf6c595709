"""Who may see and do what: accounts, signing in, what each viewer is shown, and who did what. Knows no HTTP."""
