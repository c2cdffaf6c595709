"""Who is asking: sessions of the console and tokens of the API, looked up before any page. What they may see stands
in `sync.access`."""
