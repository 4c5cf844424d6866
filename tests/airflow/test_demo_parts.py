"""What the demonstration stands on: mail is caught whole, and a stopped Airflow leaves no process."""

import shutil
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest
from mail_catcher import MailCatcher
from real_airflow import RealAirflow

ROOT = Path(__file__).resolve().parents[2]


def test_every_message_becomes_a_file_in_the_order_of_arrival(tmp_path):
    with MailCatcher(tmp_path) as mail:
        for number in (1, 2):
            message = EmailMessage()
            message["From"], message["To"] = "outcomes@stp.example", f"lead{number}@stoke.example"
            message.set_content(f"Scorecard {number}")
            message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="s.pdf")
            with smtplib.SMTP(mail.host, mail.port) as relay:
                relay.send_message(message)
        assert [file.name for file in mail.files()] == ["001-lead1@stoke.example.eml", "002-lead2@stoke.example.eml"]
        assert [m.get_body().get_content().strip() for m in mail.messages()] == ["Scorecard 1", "Scorecard 2"]
        assert [p.get_content() for m in mail.messages() for p in m.iter_attachments()] == [b"%PDF-1.7"] * 2


def test_no_process_outlives_an_airflow_that_is_stopped_in_the_middle(tmp_path):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with RealAirflow(tmp_path / "airflow", tmp_path, {}) as airflow:
        airflow.begin_migration()
        started = [child for child in psutil.Process().children(recursive=True) if child.pid not in before]
        assert started
    assert not any(process.is_running() for process in started)


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv of util-linux is not installed")
def test_no_service_outlives_a_program_that_is_killed(tmp_path):
    program = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {str(ROOT / "demo")!r})
from real_airflow import RealAirflow
airflow = RealAirflow(Path({str(tmp_path / "airflow")!r}), Path({str(tmp_path)!r}), {{}})
airflow.begin_migration()
print("started", flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "started\n"
        services = psutil.Process(killed.pid).children(recursive=True)
        assert services
        killed.kill()
    assert psutil.wait_procs(services, timeout=60)[1] == []
    # They ended because they were told to, not because their work was done.
    assert "Database migration done" not in (tmp_path / "airflow" / "db.log").read_text(encoding="utf-8")


def test_only_the_owner_can_read_the_password(tmp_path):
    with RealAirflow(tmp_path / "airflow", tmp_path, {}) as airflow:
        passwords = tmp_path / "airflow" / "passwords.json"
        assert passwords.stat().st_mode & 0o077 == 0
        assert airflow.password in passwords.read_text(encoding="utf-8")
