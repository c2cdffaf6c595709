"""Install Chromium for the browser tests, where there is none, this is Debian or Ubuntu, and we may.

Not part of the package. Elsewhere it says what to do and leaves the rest to the tests: they fail on CI without one.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
ENVIRONMENT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def main() -> None:
    """Install the package `chromium`; nothing to do if a browser is there."""
    if any(map(shutil.which, NAMES)):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(
            "There is no Chromium for the browser tests. Install one: apt install chromium", file=sys.stderr
        )
        return
    print("Installing Chromium for the browser tests.", flush=True)
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *command], env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    main()
