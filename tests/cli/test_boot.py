import os
import stat
import subprocess


def test_init_makes_a_home_for_its_owner_only_and_twice_changes_nothing(program):
    first = program("init", "--json")
    assert first.code == 0, first.err
    keys = (program.home / "keys.json").read_bytes()
    assert stat.S_IMODE(os.stat(program.home).st_mode) == 0o700
    again = program("init", "--json")
    assert again.json == first.json
    assert (program.home / "keys.json").read_bytes() == keys


def test_many_first_commands_at_once_make_one_home(program):
    started = [
        subprocess.Popen(
            program.command("init", "--json"),
            env=program.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0] * 4, answers
    assert len({out for out, _ in answers}) == 1
    doctor = program("doctor", "--json")
    assert doctor.code == 0, doctor.out
    assert doctor.json["ok"]


def test_a_home_that_cannot_be_is_told_in_one_line(program, tmp_path):
    (tmp_path / "file").write_text("x")
    answer = program("init", "--home", tmp_path / "file" / "home")
    assert answer.code == 1
    assert answer.err.startswith("keepwell: cannot use ")
    assert answer.err.count("\n") == 1


def test_the_doctor_says_what_is_broken_and_changes_nothing(program):
    missing = program("doctor", "--json")
    assert missing.code == 1
    assert not missing.json["ok"]
    assert not program.home.exists()
    program("init")
    keys = program.home / "keys.json"
    keys.chmod(0o644)
    open_keys = program("doctor", "--json")
    assert open_keys.code == 1
    broken = [check["check"] for check in open_keys.json["checks"] if check["ok"] is False]
    assert broken == ["keys"]
    keys.chmod(0o600)
    keys.rename(program.home / "elsewhere.json")
    lost = program("doctor", "--json")
    assert [check["check"] for check in lost.json["checks"] if check["ok"] is False] == ["keys"]
    assert not keys.exists()


def test_the_doctor_tells_a_damaged_audit_log(ready):
    script = (
        "import django; django.setup();"
        "from keepwell.foundation.audit import services as audit;"
        "from keepwell.foundation.audit.models import AuditEntry;"
        "audit.log(actor='ann', action='x', object_type='y');"
        "AuditEntry.objects.update(actor='bo')"
    )
    environment = {**ready.environment, "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings"}
    subprocess.run([*ready.command()[:1], "-c", script], env=environment, check=True)
    answer = ready("doctor", "--json")
    assert answer.code == 1
    assert [check["check"] for check in answer.json["checks"] if check["ok"] is False] == ["audit log"]
