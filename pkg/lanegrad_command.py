"""The program ``lanegrad``: beside the package, so that Ctrl-C ends it quietly while that is imported."""

import os
import signal


def main() -> int:
    """Run `lanegrad.cli.main`."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # it is ignored
        from lanegrad.cli import main
    else:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
        from lanegrad.cli import main

        signal.signal(signal.SIGINT, signal.default_int_handler)
    return main()
