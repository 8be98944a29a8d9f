"""Where a view goes."""

from pathlib import Path

IN_BROWSER = Path()
"""What `--view` means without a file."""
