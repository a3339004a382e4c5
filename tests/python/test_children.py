"""children.py itself: nothing that a test starts is left, however the test ends."""
import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True  # the sources may be read-only
import children  # pylint: disable=wrong-import-position

# A program with a child that ignores all that can be ignored, and one whose parent has gone.
FAMILY = r"""
import os, signal, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    if os.fork() != 0:
        os._exit(0)
elif os.fork() == 0:
    pass
os.write(1, b"%d\n" % os.getpid())
time.sleep(100000)
"""


def start_family():
    return children.started([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True)


def family_of(child):
    """The numbers of the three processes, which have all come as far as their sleep."""
    return [int(child.stdout.readline()) for _ in range(3)]


def is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def expect_gone(family):
    assert len(set(family)) == 3, family
    assert not [pid for pid in family if is_there(pid)], family
    assert not children.children_of(os.getpid())


def leave_by(error):
    """Ends a block by an error."""
    family = []
    try:
        with start_family() as child:
            family = family_of(child)
            assert all(is_there(pid) for pid in family)
            raise error
    except type(error):
        pass
    expect_gone(family)


def test_every_way_out():
    leave_by(AssertionError("failed"))
    leave_by(KeyboardInterrupt())
    leave_by(SystemExit(1))
    leave_by(subprocess.TimeoutExpired("program", 1))


def test_termination():
    family = []
    try:
        with start_family() as child:
            family = family_of(child)
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
    except SystemExit as end:
        assert end.code == 128 + signal.SIGTERM
    expect_gone(family)


def test_what_a_program_leaves_behind():
    with start_family() as child:
        family = family_of(child)
        child.kill()
        child.wait()
    expect_gone(family)
    assert child.returncode == -signal.SIGKILL


def has_ended(pid):
    """Of a process that becomes a child of ours once its parent is dead."""
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return False


def test_a_program_dies_with_the_test():
    """The test is a process of its own here, which is killed."""
    script = ("import sys; sys.dont_write_bytecode = True; import children\n"
              "with children.started(['sleep', '100000']) as child:\n"
              "    print(child.pid, flush=True)\n"
              "    child.wait()\n")
    with children.started([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                          cwd=os.path.dirname(os.path.abspath(__file__))) as test:
        sleeper = int(test.stdout.readline())
        assert is_there(sleeper)
        test.kill()
        test.wait()
        try:
            children.wait_until(lambda: has_ended(sleeper), "the end of the sleeper")
        except AssertionError:
            os.kill(sleeper, signal.SIGKILL)
            raise


def test_waiting_ends_with_the_program():
    with children.started(["true"]) as child:
        try:
            children.wait_until(lambda: False, "what never happens", child)
        except AssertionError as error:
            assert "status 0, before what never happens" in str(error), error
        else:
            raise AssertionError("it waited for nothing")


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print(f"ok {name}", flush=True)
