"""The static map inside a page: the drawing of `publish.map` with its names as SVG text.

* The policy of the pages forbids styles in elements, so a name is placed by attributes; browsers join Arabic in SVG.
"""

from markupsafe import Markup

from groundtruce.publish.map import MapPicture

__all__ = ["picture_svg"]

_SIZES = {"country": 14, "place": 11.5}
_INKS = {"country": "#7d7767", "place": "#4a4438"}
_END = "</g></svg>"


def picture_svg(picture: MapPicture) -> Markup:
    """Return the map with its names, to be set into a page."""
    names = Markup().join(
        Markup(
            '<text x="{}%" y="{}%" font-size="{}" fill="{}" text-anchor="middle" '
            'dominant-baseline="central">{}</text>'
        ).format(
            f"{label.left_percent:.2f}",
            f"{label.top_percent:.2f}",
            _SIZES[label.role],
            _INKS[label.role],
            label.text,
        )
        for label in picture.labels
    )
    # render_map escapes what it is given
    return Markup(picture.svg.removesuffix(_END)) + names + Markup(_END)
