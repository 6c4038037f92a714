"""``python -m lanegrad`` is the command ``lanegrad``."""

import sys

from .cli import main

sys.exit(main())
