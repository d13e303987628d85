"""The symbols of the map: shape and colour both tell the verdict, so that they read in grey print too.

Orange and blue are those of Okabe and Ito; violet and grey stand beside them.
"""

from enum import StrEnum

__all__ = ["COLOUR", "Symbol", "shape", "symbol_svg"]


class Symbol(StrEnum):
    """How an incident is drawn; the values are the verdicts."""

    BREACH = "breach"
    NOT_DETERMINABLE = "not_determinable"
    EXEMPT = "exempt"
    NO_BREACH = "no_breach"


COLOUR = {
    Symbol.BREACH: "#d55e00",
    Symbol.NOT_DETERMINABLE: "#0072b2",
    Symbol.EXEMPT: "#7f6a9e",
    Symbol.NO_BREACH: "#8a94a0",
}


def symbol_svg(symbol: Symbol) -> str:
    """Return a symbol by itself, for a legend."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16" '
        f'aria-hidden="true">{shape(symbol, 8, 8)}</svg>'
    )


def shape(symbol: Symbol, x: float, y: float) -> str:
    """Return the SVG of a symbol with its middle at a point, in pixels."""
    colour = COLOUR[symbol]
    edge = 'stroke="#ffffff" stroke-width="1"'
    match symbol:
        case Symbol.BREACH:
            return (
                f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" '
                f'fill="{colour}" {edge}/>'
            )
        case Symbol.NOT_DETERMINABLE:
            return (
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.4" fill="#ffffff" '
                f'stroke="{colour}" stroke-width="2.2"/>'
            )
        case Symbol.EXEMPT:
            return (
                f'<path d="M{x:.1f} {y - 6:.1f}L{x + 6:.1f} {y:.1f}L{x:.1f} {y + 6:.1f}'
                f'L{x - 6:.1f} {y:.1f}Z" fill="{colour}" {edge}/>'
            )
        case Symbol.NO_BREACH:
            return (
                f'<path d="M{x - 4:.1f} {y - 4:.1f}L{x + 4:.1f} {y + 4:.1f}M{x + 4:.1f} {y - 4:.1f}'
                f'L{x - 4:.1f} {y + 4:.1f}" stroke="{colour}" stroke-width="2" fill="none"/>'
            )
