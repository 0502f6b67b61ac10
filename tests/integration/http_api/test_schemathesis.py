"""The API keeps what its description promises, whatever is sent to it."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.specs.openapi import checks

from domain.api_key import Scope
from domain.recipient import Recipient
from entrypoints.container import build, close
from entrypoints.http_api.app import ROUTES, create_app
from entrypoints.http_api.openapi.operation import operation_of
from entrypoints.settings import load

EXAMPLES_MAX = 25
OPERATIONS = [operation_of(route) for route in ROUTES]
WITH_INPUT = [(operation.id, mode) for operation in OPERATIONS if operation.parameters for mode in GenerationMode]
WITHOUT_INPUT = [(operation.id, GenerationMode.POSITIVE) for operation in OPERATIONS if not operation.parameters]

# What has the right shape may still be wrong: the recipient is not known, the time is past.
EXCLUDED: list[CheckFunction] = [checks.positive_data_acceptance]
# A batch is answered with 200 whatever is wrong with its items.
EXCLUDED_OF_BATCHES: list[CheckFunction] = [*EXCLUDED, checks.negative_data_rejection]


@frozen
class Described:
    """The API with its description and a key."""

    schema: Any
    secret: str


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    container = build(load(None, {"TOCSIN_STORE": "sqlite:///tocsin.db"}, tmp_path_factory.mktemp("store")))
    container.store().recipients.put([Recipient(id="ada", email="ada@example.com", phone="+14155550100")])
    secret = container.create_key()(frozenset({Scope.MANAGE})).secret
    yield Described(schemathesis.openapi.from_asgi("/openapi.json", create_app(container)), secret)
    close(container)


@pytest.mark.parametrize(("name", "mode"), WITH_INPUT + WITHOUT_INPUT)
def test_what_is_described_is_kept(described: Described, name: str, mode: GenerationMode) -> None:
    operation = described.schema.find_operation_by_id(name)

    @settings(
        max_examples=EXAMPLES_MAX,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps(case: Case[Any]) -> None:
        excluded = EXCLUDED_OF_BATCHES if operation.path.endswith("/batch") else EXCLUDED
        case.call_and_validate(excluded_checks=excluded, headers={"Authorization": f"Bearer {described.secret}"})

    keeps()
