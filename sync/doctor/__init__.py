"""Examines connections: what works there, what does not, what to do. Reads only; knows no CRM by name."""
