"""Entry point of ``python -m ringside.report``."""

from .cli import main

raise SystemExit(main())
