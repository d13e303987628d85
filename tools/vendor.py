"""Fetches what the pages need from npm, checks its hash, and writes only the files that are used.

- `python -m tools.vendor` fetches the pinned packages with `npm pack` (whatever registry npm is set up with), compares
  each with its pin, and writes into `web/static/vendor/` and `maps/basemap_data/`; both are committed, so that an
  installed program needs no npm.
- `--check` says, without the network, whether the committed files are those that the manifest and the pins name.
- Same pins in, same bytes out; the manifest has the SHA-256 of every file.
"""

import json
import sys
import tarfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256, sha512
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

from tools import build_basemap

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "groundtruce"
VENDOR = SOURCE / "web" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A package at one version: the hash of its archive, and which of its files go where in `vendor/`."""

    name: str
    version: str
    licence: str
    integrity: str
    """As npm writes it: `sha512-` and the hash in base64."""
    files: Mapping[str, str] = field(default_factory=dict)


PINS = (
    Pin(
        name="htmx.org",
        version="4.0.1",
        licence="0BSD",
        integrity="sha512-oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==",
        files={"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"},
    ),
    Pin(
        name="maplibre-gl",
        version="6.17.0",
        licence="BSD-3-Clause",
        integrity="sha512-2chIZwpLGenoUQOcnm9Pk4SLbA8ppNFq8jlpXiq9vcYm3Y1wJ3fc82FL0GLwBaPYJCLzPv/mC46KEupVov75rQ==",
        files={
            "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
            "dist/maplibre-gl.css": "maplibre-gl.css",
            "LICENSE.txt": "maplibre-gl.LICENSE.txt",
        },
    ),
    Pin(
        name="world-atlas",
        version="2.0.2",
        licence="ISC; Natural Earth, which it packs, is in the public domain",
        integrity="sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
        files={"LICENSE": "world-atlas.LICENSE.txt"},
    ),
)
ATLAS = "countries-10m.json"
"""The file of world-atlas from which the basemap is built."""


def main() -> int:
    """Fetch and write, or check; return the exit status."""
    if sys.argv[1:] == ["--check"]:
        faults = list(check())
        for fault in faults:
            sys.stderr.write(f"{fault}\n")
        return 1 if faults else 0
    if sys.argv[1:]:
        sys.stderr.write("Usage: python -m tools.vendor [--check]\n")
        return 2
    VENDOR.mkdir(parents=True, exist_ok=True)
    for path in VENDOR.iterdir():
        path.unlink()
    for pin in PINS:
        content = fetched(pin)
        for source, target in pin.files.items():
            (VENDOR / target).write_bytes(content[source])
        if ATLAS in content:
            contested = build_basemap.CONTESTED.read_text(encoding="utf-8")
            build_basemap.TARGET.write_bytes(
                build_basemap.build(content[ATLAS].decode(), contested)
            )
    MANIFEST.write_text(manifest(), encoding="utf-8")
    for path in sorted(VENDOR.iterdir()):
        print(f"{path.name}\t{path.stat().st_size} bytes")
    print(f"{build_basemap.TARGET.name}\t{build_basemap.TARGET.stat().st_size} bytes")
    return 0


def fetched(pin: Pin) -> dict[str, bytes]:
    """Return the wanted files of a package, after its archive was compared with the pin."""
    with TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--ignore-scripts", f"{pin.name}@{pin.version}"]
        run(command, cwd=folder, check=True, capture_output=True)
        (archive,) = Path(folder).glob("*.tgz")
        found = f"sha512-{b64encode(sha512(archive.read_bytes()).digest()).decode()}"
        if found != pin.integrity:
            sys.exit(f"{pin.name} {pin.version} is not what was pinned: {found}")
        with tarfile.open(archive) as files:
            wanted = {f"package/{name}" for name in (*pin.files, ATLAS)}
            return {
                member.name.removeprefix("package/"): content.read()
                for member in files
                if member.name in wanted and (content := files.extractfile(member)) is not None
            }


def manifest() -> str:
    """Return what is committed, as JSON: the pins, and the SHA-256 of each file that follows from them."""
    packages = [
        {
            "name": pin.name,
            "version": pin.version,
            "licence": pin.licence,
            "integrity": pin.integrity,
            "files": sorted(pin.files.values()),
        }
        for pin in PINS
    ]
    paths = [path for path in VENDOR.iterdir() if path != MANIFEST] + [build_basemap.TARGET]
    contested = sha256(build_basemap.CONTESTED.read_bytes()).hexdigest()
    hashes = {
        path.relative_to(SOURCE).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }
    return (
        json.dumps({"packages": packages, "contested": contested, "sha256": hashes}, indent=2)
        + "\n"
    )


def check() -> Iterator[str]:
    """Say in which way the committed files are not those of the manifest and the pins."""
    if not MANIFEST.exists():
        yield f"{MANIFEST.name} is missing: run python -m tools.vendor"
        return
    kept, now = json.loads(MANIFEST.read_text(encoding="utf-8")), json.loads(manifest())
    if kept["packages"] != now["packages"]:
        yield "the pins have changed: run python -m tools.vendor"
    if kept["contested"] != now["contested"]:
        yield "the contested borders have changed: run python -m tools.vendor"
    for name in sorted(kept["sha256"].keys() | now["sha256"].keys()):
        if name not in now["sha256"]:
            yield f"{name} is missing"
        elif name not in kept["sha256"]:
            yield f"{name} is in no package"
        elif kept["sha256"][name] != now["sha256"][name]:
            yield f"{name} was changed by hand"
    for name in sorted(target for pin in PINS for target in pin.files.values()):
        if not (VENDOR / name).exists():
            yield f"{name} is named by a pin and missing"


if __name__ == "__main__":
    raise SystemExit(main())
