"""Programs are started on a leash and, where they refuse root, as somebody else without opening anything to others."""

import os
import pwd
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from config.boot import processes, runstate
from config.boot.layout import Layout
from tests.boot.standins import ROOT, until

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's death signal exists on Linux alone")
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@linux
@pytest.mark.parametrize("identity", ["same", pytest.param("mapped", marks=root), pytest.param("dropped", marks=root)])
def test_it_dies_with_its_parent(identity: str) -> None:
    user = pwd.getpwnam("daemon")
    full = identity if identity == "same" else f"{identity}:{user.pw_uid}:{user.pw_gid}"
    script = textwrap.dedent(f"""
        import subprocess, time
        from config.boot import processes
        child = processes.launch(["sleep", "600"], identity={full!r})
        print(child.pid, flush=True)
        time.sleep(600)
    """)
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    command = Path(f"/proc/{pid}/comm")
    until(lambda: command.read_text().strip() == "sleep", what="becoming the program")
    parent.kill()
    parent.wait()
    until(lambda: processes.start_mark(pid) is None, what="the program's end")


@root
def test_it_becomes_an_ordinary_user_whose_files_stay_roots() -> None:
    user = pwd.getpwnam("daemon")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o700)
        argv = ["sh", "-c", f"id -u && touch {folder}/made"]
        child = processes.launch(argv, identity=f"mapped:{user.pw_uid}:{user.pw_gid}", stdout=subprocess.PIPE)
        said, _ = child.communicate()
        assert said.decode().strip() == str(user.pw_uid)
        assert (Path(folder) / "made").stat().st_uid == 0
        assert Path(folder).stat().st_mode & 0o777 == 0o700


@root
def test_it_really_drops_where_namespaces_are_barred() -> None:
    user = pwd.getpwnam("daemon")
    child = processes.launch(["id"], identity=f"dropped:{user.pw_uid}:{user.pw_gid}", stdout=subprocess.PIPE)
    said = child.communicate()[0].decode()
    assert f"uid={user.pw_uid}(" in said
    assert "(root)" not in said


def test_it_says_what_cannot_be_started() -> None:
    child = processes.launch(["/nowhere/at-all"], stdout=subprocess.PIPE)
    said = child.communicate()[0].decode()
    assert "cannot start /nowhere/at-all" in said
    assert "Traceback" not in said
    assert child.returncode == 1


def test_a_process_is_told_from_a_later_one_with_its_number() -> None:
    child = subprocess.Popen(["sleep", "600"])
    mark = processes.start_mark(child.pid)
    assert mark
    assert processes.is_alive(child.pid, mark)
    assert not processes.is_alive(child.pid, mark + "0")
    child.kill()
    until(lambda: processes.start_mark(child.pid) is None, what="a zombie counting as gone")
    child.wait()
    assert not processes.is_alive(child.pid, mark)


def test_what_a_killed_instance_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    layout = Layout(root=tmp_path, state=tmp_path)
    leader_code = "import subprocess, sys, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"
    leaders = [subprocess.Popen([sys.executable, "-c", leader_code], stdout=subprocess.PIPE, start_new_session=True) for _ in "12"]
    members = [int(leader.stdout.readline()) for leader in leaders if leader.stdout]
    recorded = [
        runstate.Process(name=name, pid=leader.pid, mark=processes.start_mark(leader.pid) or "", state="running")
        for name, leader in zip(("dead", "living"), leaders, strict=True)
    ]
    bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
    recorded.append(runstate.Process(name="bystander", pid=bystander.pid, mark="another boot:1", state="running"))
    runstate.RunState(pid=1, mark="", processes=recorded).write(layout.run_file)
    leaders[0].kill()
    leaders[0].wait()  # its member lives on, in a group that nobody leads
    assert processes.start_mark(members[0])

    assert runstate.end_leftovers(layout) == ["living"]
    until(lambda: not any(processes.start_mark(pid) for pid in members), what="the end of what was left")
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    leaders[1].wait()


def test_a_recorded_process_is_asked_and_then_killed() -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    stubborn = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    mark = processes.start_mark(stubborn.pid)
    assert mark
    assert processes.end(stubborn.pid, mark, seconds=0.3) is False
    assert stubborn.wait() == -signal.SIGKILL
