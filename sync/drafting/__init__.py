"""Drafts the YAML files from what a live CRM shows. The guessing is pure; the looking and the writing stand apart."""
