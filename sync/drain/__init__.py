"""Draining deals: load, observe, decide, commit, deliver. One lease a deal; all effects are in this folder."""
