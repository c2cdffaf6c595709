"""What other rules would change: in the rules themselves, in words, and for the deals. Touches nothing."""
