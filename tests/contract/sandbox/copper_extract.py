"""Run by a test in a process of its own: extracts all streams with tap-copper, unmodified, as Singer messages.

Reads the tap's configuration as JSON from its input; `base_url` is where the account is.
"""

from __future__ import annotations

import json
import sys

from singer import metadata  # type: ignore[import-not-found]
from tap_copper.client import Client  # type: ignore[import-not-found]
from tap_copper.discover import discover  # type: ignore[import-not-found]
from tap_copper.sync import sync  # type: ignore[import-not-found]


def main() -> None:
    """Discover, select every stream that is asked for, extract."""
    config = json.load(sys.stdin)
    catalog = discover(config=config)
    for entry in catalog.streams:
        chosen = metadata.write(
            metadata.to_map(entry.metadata), (), "selected", entry.stream in config["streams"]
        )
        entry.metadata = metadata.to_list(chosen)
    with Client(config) as client:
        client.base_url = config["base_url"]
        sync(client=client, config=config, catalog=catalog, state={})


if __name__ == "__main__":
    main()
