"""The language of an answer: what the browser asks for in any of its spellings, and never that of another reader."""

import pytest
from starlette.testclient import TestClient

from groundtruce.web.http.language import negotiate_language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr; q=0.9, en; q=0.5", "fr"),
        ("en ;q=0.5 , fr ; Q=0.9", "fr"),
        ("en;q=0.5,ar", "ar"),
        ("de, ar-SY;q=0.8, fr;q=0.7", "ar"),
        ("fr;q=0, ar;q=0.001", "ar"),
        ("fr;q=nan, ar;q=0.1", "ar"),
        ("fr;q=9, ar;q=0.1", "ar"),
        ("fr;level=1;q=0.2, ar;q=0.5", "ar"),
        (";q=1, *", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_header_is_read_as_it_may_be_written(accepted: str | None, language: str) -> None:
    """Spaces and case do not matter; what is no weight is no wish."""
    assert negotiate_language(None, accepted).value == language


def test_the_names_of_places_are_kept_by_language(client: TestClient) -> None:
    """Who reads French does not get the names that were made for who reads Arabic, nor their tag."""
    arabic, french = (
        client.get("/map/places.geojson", headers={"Accept-Language": one}) for one in ("ar", "fr")
    )
    assert arabic.headers["content-language"] == "ar"
    assert french.headers["content-language"] == "fr"
    assert arabic.headers["etag"] != french.headers["etag"]
    assert arabic.content != french.content
