"""Work shared between two processes gives what one would have given."""

from __future__ import annotations

import os
import threading

from chartgen.tools.workers import on_both_cores


def pids(items):
    return {str(item): str(os.getpid()) for item in items}


def test_the_halves_come_from_two_processes():
    found = on_both_cores(pids, range(400))
    assert list(found) == [str(item) for item in range(400)]
    assert len(set(found.values())) == min(2, os.cpu_count() or 1)


def test_a_few_items_stay_in_this_process():
    assert set(on_both_cores(pids, range(5)).values()) == {str(os.getpid())}


def test_a_child_that_dies_loses_nothing():
    parent = os.getpid()

    def fragile(items):
        if os.getpid() != parent:
            os._exit(9)
        return {str(item): "" for item in items}

    assert len(on_both_cores(fragile, range(400))) == 400


def test_no_fork_beside_another_thread():
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert set(on_both_cores(pids, range(400)).values()) == {str(os.getpid())}
    finally:
        done.set()
        thread.join()
