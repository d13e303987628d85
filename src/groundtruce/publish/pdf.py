"""The daily report as PDF, from the same HTML: tagged, with its own fonts, the same bytes for the same page."""

from hashlib import sha256
from importlib.resources import as_file, files

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

__all__ = ["render_pdf"]


class _NoNetwork(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Fetches the packaged fonts and nothing else."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Open a file of the fonts folder; raises ValueError for any other address."""
        if not (url.startswith("file:") and "/publish/fonts/" in url):
            raise ValueError(f"{url} is outside the report")
        return super().fetch(url, headers)


def render_pdf(page: str) -> bytes:
    """Return the PDF/UA of a page. The identifier is a digest of the page: no clock, no chance."""
    with as_file(files("groundtruce.publish") / "fonts") as folder:
        fonts = FontConfiguration()
        fetcher = _NoNetwork()
        sheet = CSS(filename=str(folder / "fonts.css"), font_config=fonts, url_fetcher=fetcher)
        document = HTML(string=page, base_url=str(folder), url_fetcher=fetcher)
        content = document.write_pdf(
            stylesheets=[sheet],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
            pdf_identifier=sha256(page.encode()).hexdigest()[:32].encode(),
            pdf_tags=True,
        )
    return bytes(content)
