"""``python -m lanegrad`` is the command ``lanegrad``."""

import sys

from lanegrad_command import main

sys.exit(main())
