"""Take the fonts of Vietnamese and Thai pages anew from Noto (OFL, by npm): `make fonts` writes src/helpers/locale/fonts/.

The packages hold each font cut by letters; pages embed those parts (WOFF2), and matplotlib measures Thai with the same
outlines as TrueType.
"""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools.ttLib import TTFont

from helpers.pages.fonts import FACES, FOLDER, MEASURED

PACKAGES = ("@fontsource/noto-sans@5.3.0", "@fontsource/noto-sans-thai@5.3.0")
MOST = 400_000  # bytes of all files together


def main() -> None:
    """Fetch the packages, copy what pages use, and make the font that figures are measured with."""
    with tempfile.TemporaryDirectory() as folder:
        files = _fetched(Path(folder))
        for faces in FACES.values():
            for _, file, weight, _ in faces:
                part = file.removesuffix(f"-{weight}.woff2")
                part = f"{part}-thai" if part == "noto-sans-thai" else part
                shutil.copy(files[f"{part}-{weight}-normal.woff2"], FOLDER / file)
        font = TTFont(files["noto-sans-thai-thai-400-normal.woff"], recalcTimestamp=False)
        font.flavor = None
        font.save(FOLDER / MEASURED["th"])
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"{FOLDER}: {size:,} bytes, at most {MOST:,}")
    if size > MOST:
        raise SystemExit("The fonts are too large: leave a weight or a part out.")


def _fetched(folder: Path) -> dict[str, Path]:
    """The font files of the packages by their names."""
    subprocess.run(["npm", "pack", "--silent", *PACKAGES], cwd=folder, check=True)
    for archive in folder.glob("*.tgz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder / archive.stem, filter="data")
    return {file.name: file for file in folder.glob("*/package/files/*")}


if __name__ == "__main__":
    main()
