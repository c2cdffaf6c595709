"""Forgetting a person: finds what the database holds about them, and takes it out. The CRMs stay as they are."""
