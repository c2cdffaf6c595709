"""Durable state on SQLite or PostgreSQL. Knows no CRM and makes no decision."""
