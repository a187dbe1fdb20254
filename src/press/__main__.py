"""Start the press: ``python -m press book``."""

import sys

from press.cli import main

sys.exit(main())
