"""What the pages carry of others' work is what the pins say, with its licences."""

import json
from pathlib import Path

import pytest
from tools import build_basemap, vendor

from groundtruce.maps.basemap import MapBox, ground


def test_committed_files_are_those_of_the_pins() -> None:
    """Nothing in the folder was changed by hand, is missing, or comes from nowhere."""
    assert list(vendor.check()) == []


def test_a_changed_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A byte that differs from the manifest is found without the network."""
    copy = tmp_path / "web" / "static" / "vendor"
    copy.mkdir(parents=True)
    for path in vendor.VENDOR.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    atlas = tmp_path / "maps" / "basemap_data" / build_basemap.TARGET.name
    atlas.parent.mkdir(parents=True)
    atlas.write_bytes(build_basemap.TARGET.read_bytes())
    monkeypatch.setattr(vendor, "SOURCE", tmp_path)
    monkeypatch.setattr(vendor, "VENDOR", copy)
    monkeypatch.setattr(vendor, "MANIFEST", copy / "manifest.json")
    monkeypatch.setattr(build_basemap, "TARGET", atlas)
    assert list(vendor.check()) == []
    (copy / "maplibre-gl.css").write_bytes(b"")
    (copy / "other.js").write_bytes(b"")
    assert list(vendor.check()) == [
        "web/static/vendor/maplibre-gl.css was changed by hand",
        "web/static/vendor/other.js is in no package",
    ]


def test_each_package_brings_its_licence() -> None:
    """A licence stands beside the files of each package."""
    packages = json.loads(vendor.MANIFEST.read_text(encoding="utf-8"))["packages"]
    assert all(f"{one['name'].split('.')[0]}" in " ".join(one["files"]) for one in packages)
    assert all(any("LICENSE" in name for name in one["files"]) for one in packages)


def test_vendored_files_stay_small() -> None:
    """All that a browser may have to load from others' work is under 2 MB before compression."""
    assert sum(path.stat().st_size for path in vendor.VENDOR.iterdir()) < 2_000_000


@pytest.mark.parametrize(
    ("name", "box", "dashed"),
    [
        ("Golan", MapBox(west=35.6, south=32.7, east=36.0, north=33.4), True),
        ("Crimea", MapBox(west=33.5, south=45.6, east=35.1, north=46.3), True),
        ("Kashmir", MapBox(west=74, south=33, east=77, north=35), True),
        ("Turkey and Syria", MapBox(west=37, south=36.3, east=41, north=37.3), False),
        ("India and Pakistan in the south", MapBox(west=69, south=24, east=71, north=28), False),
    ],
)
def test_contested_borders_are_apart(name: str, box: MapBox, dashed: bool) -> None:
    """A line of which a document says that it is no border is not among the borders."""
    found = ground(box)
    assert (name, not found.open_borders.is_empty) == (name, dashed)
