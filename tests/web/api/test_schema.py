"""The API says what it is: schemathesis asks every query whatever its description allows, and what it does not."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from tests.web.conftest import place_of

from groundtruce.database.backend.open import open_database
from groundtruce.database.backend.protocol import Database
from groundtruce.node.node import Node
from groundtruce.web.app import create_app

DESCRIBED = create_app(place_of(open_database("sqlite:///nowhere.sqlite")), quiet=True).openapi()


@pytest.fixture(scope="session")
def api(example_database: Database, example_node: Node) -> BaseSchema:
    """What the app says of itself, and the app, with each database in turn."""
    app = create_app(place_of(example_database, example_node), quiet=True)
    return schemathesis.openapi.from_asgi("/openapi.json", app)


# whoever else draws by chance meanwhile, as a pool of connections, is taken for a strategy that does
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("path", sorted(DESCRIBED["paths"]))
def test_every_query_is_as_described(api: BaseSchema, path: str, mode: GenerationMode) -> None:
    """No fault, no status, type or shape that is not described, whatever is asked."""

    @given(case=api[path]["GET"].as_strategy(generation_mode=mode))
    @settings(
        max_examples=5,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        # JSON Schema cannot say that a day is one of 1989 to 2099, or that a box lies on the globe
        excluded: list[Any] = [positive_data_acceptance]
        # nor that an empty value is no value, as forms without scripts send it
        if "" in map(str, _values(case)):
            excluded.append(negative_data_rejection)
        answer = case.call_and_validate(excluded_checks=excluded)
        if answer.status_code == 400:
            assert answer.json()["code"] in {"query.bad_value", "query.unknown_key"}

    ask()


def _values(case: Case[Any]) -> list[object]:
    """Return what the keys of the address are given, one by one."""
    found = list((case.query or {}).values())
    return [one for value in found for one in (value if isinstance(value, list) else [value])]


def test_the_document_describes_every_query_with_its_answer() -> None:
    """OpenAPI 3.1; each answer has a schema, and every key of an address is described."""
    assert DESCRIBED["openapi"] == "3.1.0"
    assert not Path("nowhere.sqlite").exists()
    for path, operations in DESCRIBED["paths"].items():
        assert set(operations) == {"get"}, path
        query = operations["get"]
        assert query["summary"]
        assert query["tags"]
        assert all(one["description"] for one in query["parameters"])
        content = query["responses"]["200"]["content"]
        if path.endswith(".json"):
            assert content["application/json"]["schema"], path
