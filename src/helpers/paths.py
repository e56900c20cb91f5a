"""Where things are, counted from this file, so that no result depends on the working directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src"
NOTEBOOKS = ROOT / "notebooks"
CATALOGUE = NOTEBOOKS / "catalogue.yaml"
DATA = ROOT / "data"
REPORTS = ROOT / "reports"
BUILD = REPORTS / "build"
DRAFTS = REPORTS / "drafts"
