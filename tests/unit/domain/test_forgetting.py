"""Names are taken out of audiences and answers, and nothing else is."""

import pytest

from domain.audience import Matching, parse_audience
from domain.forgetting import Names, answer_without, audience_without
from domain.recipient import Recipient

ADA = Recipient(id="ada", name="Ada", email="Ada@example.com")
NAMES = Names.of([ADA], ["ada@example.com", "+4312345678", "ada"])


def without(text: str) -> Matching:
    audience = parse_audience(text)
    assert isinstance(audience, Matching)
    return audience_without(audience, NAMES)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("id = ada", "id = erased"),
        ("not (id in (ada, bob) or plan = pro)", "not (id in (erased, bob) or plan = pro)"),
        ("manager = ADA@example.com", "manager = erased"),
        ('phone != "+4312345678" and name = Ada', 'phone != "erased" and name = erased'),
    ],
)
def test_an_audience_keeps_its_form_without_the_name(text: str, left: str) -> None:
    assert without(text) == parse_audience(left)


@pytest.mark.parametrize("text", ["plan = ada", "ada exists", "id = adam", "name = ada", "age > 3"])
def test_what_only_looks_like_a_name_stays(text: str) -> None:
    assert without(text) == parse_audience(text)


def test_a_source_that_spells_a_name_otherwise_goes_whole() -> None:
    assert without(r'id = "a\da"').source == "erased"


def test_an_answer_keeps_the_ids_and_the_faults_of_others() -> None:
    answer = {
        "results": [{"id": "ada"}, {"id": "bob"}, {"id": 7}, {"error": {"errors": [{"message": "ada and adam"}]}}, None]
    }
    assert answer_without(answer, {"ada"}) == {
        "results": [
            {"id": "erased"},
            {"id": "bob"},
            {"id": 7},
            {"error": {"errors": [{"message": "erased and adam"}]}},
            None,
        ]
    }
    assert answer_without({"campaign": 7}, {"ada"}) == {"campaign": 7}
