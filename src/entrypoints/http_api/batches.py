"""Answering a batch: one result an item, in order; what is wrong with one harms no other."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from attrs import evolve

from domain.errors import TocsinError
from entrypoints.http_api.problems import Problem, of_tocsin
from entrypoints.http_api.reading.contents import Item


def results(items: Sequence[Item], answers: Iterable[dict[str, Any] | TocsinError]) -> dict[str, Any]:
    """Return the results of *items*; *answers* are about those that could be read, in order."""
    rest = iter(answers)
    return {"results": [_broken(item) if item.problem else _result(item, next(rest)) for item in items]}


def _result(item: Item, answer: dict[str, Any] | TocsinError) -> dict[str, Any]:
    if not isinstance(answer, TocsinError):
        return answer
    problem = of_tocsin(answer)
    return _error(problem if item.line is None else evolve(problem, detail=f"line {item.line}: {problem.detail}"))


def _broken(item: Item) -> dict[str, Any]:
    status = HTTPStatus.BAD_REQUEST
    return _error(Problem(status=status, title=status.phrase, detail=f"line {item.line} {item.problem}"))


def _error(problem: Problem) -> dict[str, Any]:
    return {"error": problem.as_json()}
