"""The routers of all pages; those of more special paths come first."""

from fastapi import APIRouter

from groundtruce.web.pages import (
    about,
    agreement,
    bulletins,
    compliance,
    daily,
    incident,
    incidents,
    map,
    record,
    reports,
    search,
    situation,
)

__all__ = ["ROUTERS"]

ROUTERS: tuple[APIRouter, ...] = (
    situation.router,
    map.router,
    incidents.router,
    incident.router,
    reports.router,
    agreement.router,
    compliance.router,
    bulletins.router,
    daily.router,
    record.router,
    search.router,
    about.router,
)
"""Every page of the site."""
