"""The console's pages: what people look at, and the forms they send. Who may see what stands in `sync.access`."""
