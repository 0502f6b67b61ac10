"""The clerk does errands one after the other, beside whoever sent it."""

import threading

import pytest

from application.sending.clerk import Clerk

PATIENCE_S = 10.0


def test_an_errand_is_done_in_another_thread_and_then_it_is_said() -> None:
    said = threading.Event()
    clerk = Clerk(said.set)
    did_it: list[int] = []

    errand = clerk.send(lambda: did_it.append(threading.get_ident()))

    assert errand.done.wait(PATIENCE_S)
    assert said.wait(PATIENCE_S)
    errand.finish()
    assert did_it != [threading.get_ident()]
    clerk.close()


def test_errands_are_done_in_turn_by_the_same_thread() -> None:
    clerk = Clerk(lambda: None)
    did_it: list[tuple[int, int]] = []
    first_may_end = threading.Event()

    def first() -> None:
        assert first_may_end.wait(PATIENCE_S)
        did_it.append((1, threading.get_ident()))

    one, two = clerk.send(first), clerk.send(lambda: did_it.append((2, threading.get_ident())))
    assert not two.done.is_set()
    first_may_end.set()

    assert one.done.wait(PATIENCE_S)
    assert two.done.wait(PATIENCE_S)
    assert [number for number, _ in did_it] == [1, 2]
    assert len({thread for _, thread in did_it}) == 1
    clerk.close()


def test_what_an_errand_raises_is_raised_where_it_is_finished_and_the_next_is_done() -> None:
    clerk = Clerk(lambda: None)
    bad = clerk.send(lambda: 1 // 0)  # type: ignore[arg-type]  # what it returns is not looked at
    good = clerk.send(lambda: None)

    assert good.done.wait(PATIENCE_S)
    good.finish()
    with pytest.raises(ZeroDivisionError):
        bad.finish()
    clerk.close()


def test_closed_it_ends_once_it_has_done_what_it_was_sent_for() -> None:
    clerk = Clerk(lambda: None)
    threads: list[threading.Thread] = []
    errand = clerk.send(lambda: threads.append(threading.current_thread()))
    clerk.close()

    assert errand.done.wait(PATIENCE_S)
    threads[0].join(PATIENCE_S)
    assert not threads[0].is_alive()


def test_one_that_was_never_sent_has_no_thread() -> None:
    before = threading.active_count()
    Clerk(lambda: None).close()

    assert threading.active_count() == before
