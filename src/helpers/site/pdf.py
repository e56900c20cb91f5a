"""The executive page as PDF, where a browser is there to print it: two sheets to hand out."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from helpers.files import replace
from helpers.site.run_record import SUMMARY

NAME = "executive.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
SECONDS = 60  # a browser that takes longer is given up


def write(run_dir: Path, page: str = f"{SUMMARY}.html") -> Path | None:
    """Print a page of a run to run_dir/executive.pdf and return it; None without that page or without a browser."""
    source, browser = run_dir / page, next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None or not source.is_file():
        return None
    with tempfile.TemporaryDirectory() as home:
        made = Path(home) / NAME
        command = [
            browser, "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={home}/profile",
            *(["--no-sandbox"] if os.geteuid() == 0 else []), f"--print-to-pdf={made}", source.resolve().as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            return None
        return replace(run_dir / NAME, lambda partial: partial.write_bytes(made.read_bytes()))
