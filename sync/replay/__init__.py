"""The rules over the past: what the moves of people would have led to. Reads CRMs and database, changes nothing."""
