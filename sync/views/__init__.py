"""What people and scripts read of the house, in the shapes of the command line's JSON. Reads the store only.

One file a subject: `deals`, `handoffs`, `story` (explain), `health` (status), `dead`, `versions`, `webhooks`; for the
console `line`, `handoff_tabs`, and of a deal `beside` and `journey`.
"""
