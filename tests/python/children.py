"""Programs that a test starts, and the wait for what they do.

A program runs in a session of its own. When the block that started it ends, by whatever error or signal, all that is
left of the session is killed and reaped: workers and commands that are traced as well. Should the test itself be killed,
its programs die with it.
"""
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time

# Seconds for anything to happen. Nothing that a test asserts depends on it: it ends a test that would never end.
LIMIT = 1500

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what outlives its parent becomes our child
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _die_with_the_test():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def children_of(pid):
    """The processes that a process started and that are still there; zombies too."""
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
    return found


def descendants_of(pid):
    found = children_of(pid)
    return found + [lower for child in found for lower in descendants_of(child)]


def _session_of(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _kill_session(session):
    """Only descendants of ours are looked at: no number can stand for a stranger."""
    while True:
        members = [pid for pid in descendants_of(os.getpid()) if _session_of(pid) == session]
        if not members:
            return
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in members:
            with contextlib.suppress(ChildProcessError):  # its parent has not died yet
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.005)


@contextlib.contextmanager
def started(command, **options):
    """A program that runs until the end of the block at the latest; a subprocess.Popen."""
    child = subprocess.Popen(command, **{"stdin": subprocess.DEVNULL, **options},
                             start_new_session=True, preexec_fn=_die_with_the_test)
    try:
        yield child
    finally:
        child.poll()  # how it ended, before it is reaped like the others
        _kill_session(child.pid)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe:
                pipe.close()


def run(command, **options):
    """Runs a program to its end, as subprocess.run does with captured output."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    with started(command, **options) as child:
        output, errors = child.communicate(timeout=LIMIT)
        return subprocess.CompletedProcess(command, child.returncode, output, errors)


def wait_until(holds, what, child=None):
    """Waits for an event as long as it takes, but not longer than the program lives that is to bring it about."""
    give_up = time.monotonic() + LIMIT
    while not holds():
        if child and child.poll() is not None and not holds():
            raise AssertionError(f"the program ended, status {child.returncode}, before {what}")
        if time.monotonic() > give_up:
            raise AssertionError(f"{what}: not within {LIMIT} s")
        time.sleep(0.02)
