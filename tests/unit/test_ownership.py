"""Whose claims may be taken up."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from monitor.ownership import is_gone, owner_token


def changed(token: str, **parts: str) -> str:
    names = ("machine", "process", "started", "random")
    return ":".join(parts.get(name, part) for name, part in zip(names, token.split(":"), strict=True))


def test_a_living_process_is_not_gone() -> None:
    token = owner_token()
    assert not is_gone(token)
    assert token.split(":")[1] == str(os.getpid())
    assert owner_token() != token


def test_a_process_that_ended_is_gone() -> None:
    program = "from monitor.ownership import owner_token; print(owner_token())"
    token = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    assert is_gone(token)


def test_in_doubt_it_lives() -> None:
    """A process that may open no more files cannot tell; were it to give up its own claims, all would be done twice."""
    program = (
        "import resource; from monitor.ownership import is_gone, owner_token; token = owner_token();"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0)); print(is_gone(token), owner_token().split(':')[2])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "?"]


def test_its_number_may_belong_to_another_by_now() -> None:
    assert is_gone(changed(owner_token(), started="1"))


def test_a_dead_child_that_nobody_has_waited_for_is_gone() -> None:
    program = "from monitor.ownership import owner_token; print(owner_token(), flush=True)"
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    token = child.stdout.read().strip()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_gone(token)
    child.stdout.close()
    child.wait()


@pytest.mark.parametrize("token", ["", "test", "host:1:2", "a/b:c:d:e", "elsewhere/1:1:1:ab"])
def test_others_are_left_alone(token: str) -> None:
    assert not is_gone(token)


def test_without_proc_the_number_alone_decides() -> None:
    assert not is_gone(changed(owner_token(), started="?"))
    assert is_gone(changed(owner_token(), started="?", process="4194304999"[:7] + "9"))
