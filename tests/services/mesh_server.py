"""MESH as a server on this machine: NHS England's sandbox, which asks both sides for a certificate.

    with MeshSandbox(folder) as mesh:
        mesh.connection()                 -> what a connection to our mailbox says
        with mesh.client("CCG05W") as their: their.send_message(OURS, data, …)
        mesh.listed(OURS)                 -> the messages that wait in a mailbox
        mesh.report(OURS, …)              -> what MESH itself says when a message was not collected

It needs other libraries than ours, so it has an environment of its own in .set-up/, made once from mesh-sandbox.lock.
"""

import fcntl
import hashlib
import ipaddress
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mesh_client import MeshClient

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OURS, SHARED_KEY = "STP001", "shared key of these tests"
# The mailboxes: ours, two suppliers', the check service's, and one that is nobody's here.
MAILBOXES = {OURS: "QNC", "CCG05W": "05W", "TRUSTRJE": "RJE", "CHECK001": "X26", "STRANGER": "XXX"}
LONG = 120


def password(mailbox: str) -> str:
    return f"password of {mailbox}"


def environment() -> Path:
    """The sandbox's Python; made when it is not there yet. Raises OSError or CalledProcessError where that is impossible."""
    lock = HERE / "mesh-sandbox.lock"
    place = ROOT / ".set-up" / f"mesh-sandbox-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = place / "bin" / "python"
    place.parent.mkdir(exist_ok=True)
    with (place.parent / "mesh-sandbox.queue").open("w") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        if not (place / "made").exists():
            known = {"UV_CACHE_DIR": str(place.parent / "uv-cache"), "UV_NO_PROGRESS": "1"}
            if Path("/etc/ssl/certs/ca-certificates.crt").exists():
                known["UV_SYSTEM_CERTS"] = "true"
            env = {**known, **{k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}}
            for words in (
                ["venv", "-q", "--clear", "--python", sys.executable, str(place)],
                ["pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", str(lock)],
            ):
                subprocess.run(
                    [sys.executable, "-m", "uv", *words], env=env, check=True, capture_output=True, timeout=300
                )
            (place / "made").touch()
    return python


class MeshSandbox:
    """Listens on a port of its own of localhost while the `with` block lasts; `folder` holds its certificates."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        _certificates(folder)
        mailboxes = [
            {"mailbox_id": id, "mailbox_name": id, "ods_code": code, "org_code": code, "password": password(id)}
            for id, code in MAILBOXES.items()
        ]
        (folder / "mailboxes.jsonl").write_text("\n".join(map(json.dumps, mailboxes)))
        (folder / "workflows.jsonl").write_text("")

    def __enter__(self) -> Self:
        env = {
            **{k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            "SHARED_KEY": SHARED_KEY,
            "AUTH_MODE": "full",
            "STORE_MODE": "memory",
            "MESH_CANNED_DIR": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        words = [str(environment()), "-m", "uvicorn", "mesh_server_app:app", "--app-dir", str(HERE), "--workers", "1"]
        words += ["--host", "127.0.0.1", "--port", str(self.port), "--log-level", "error"]
        words += ["--ssl-keyfile", "server.key", "--ssl-certfile", "server.pem"]
        words += ["--ssl-ca-certs", "authority.pem", "--ssl-cert-reqs", str(int(ssl.CERT_REQUIRED))]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(words, env=env, cwd=self.folder, stdout=log, stderr=log)
        trust = ssl.create_default_context(cafile=self.folder / "authority.pem")
        trust.load_cert_chain(self.folder / "client.pem", self.folder / "client.key")
        self._admin = httpx.Client(base_url=self.url, verify=trust)
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            try:
                self._admin.get("/health").raise_for_status()
                return self
            except httpx.TransportError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.1)
        raise AssertionError("the sandbox did not answer")

    def __exit__(self, *_: object) -> None:
        self._admin.close()
        self._process.kill()
        self._process.wait()

    def connection(self, **extra: Any) -> dict[str, Any]:
        """A connection to our mailbox in the form of OUTCOMES_CONNECTIONS; an extra of None is left out."""
        given = {
            "shared_key": SHARED_KEY,
            "certificate": str(self.folder / "client.pem"),
            "key": str(self.folder / "client.key"),
            "authority": str(self.folder / "authority.pem"),
            **extra,
        }
        return {
            "host": "https://localhost",
            "port": self.port,
            "login": OURS,
            "password": password(OURS),
            "extra": {name: value for name, value in given.items() if value is not None},
        }

    def client(self, mailbox: str, **options: Any) -> MeshClient:
        """A supplier's own client."""
        return MeshClient(
            self.url,
            mailbox,
            password(mailbox),
            shared_key=SHARED_KEY.encode(),
            cert=(str(self.folder / "client.pem"), str(self.folder / "client.key")),
            verify=str(self.folder / "authority.pem"),
            **options,
        )

    def listed(self, mailbox: str) -> list[str]:
        with self.client(mailbox) as client:
            return list(client.list_messages())

    def report(self, mailbox: str, **more: str) -> None:
        """A REPORT into a mailbox: a message that it sent was not collected for five days."""
        body = {"mailbox_id": mailbox, "code": "14", "description": "not collected", "workflow_id": "EOLC_EXTRACT_ACK"}
        self._admin.post("/messageexchange/admin/report", json=body | more).raise_for_status()

    def reset(self) -> None:
        self._admin.delete("/messageexchange/admin/reset").raise_for_status()


def _certificates(folder: Path) -> None:
    """An authority, a server's certificate for localhost and a client's."""
    start = datetime.now(UTC) - timedelta(days=1)
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of these tests")])
    root_key = ec.generate_private_key(ec.SECP256R1())

    def certify(name: x509.Name, key: ec.EllipticCurvePrivateKey, *, authority: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(root_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )
        if not authority:
            names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(root_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(certify(root_name, root_key, authority=True).public_bytes(pem))
    for who in ("server", "client"):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
        (folder / f"{who}.pem").write_bytes(certify(name, key, authority=False).public_bytes(pem))
        (folder / f"{who}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
