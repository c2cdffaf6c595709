"""The pure core: decides what a deal becomes and which writes follow.

No I/O, no clock; imports only `mapping`.
"""
