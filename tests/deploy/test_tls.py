"""nginx takes both templates together, as compose mounts them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.code import ROOT

TEMPLATES = ROOT / "deploy" / "nginx"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")


def certificate(folder: Path) -> tuple[Path, Path]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dailies.example.org")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    (folder / "certificate").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key").write_bytes(private)
    return folder / "certificate", folder / "key"


@pytest.mark.nginx
def test_nginx_takes_both_templates(tmp_path):
    crt, key = certificate(tmp_path)
    values = {
        "DAILIES_LISTEN": "127.0.0.1:18443 ssl",
        "DAILIES_LISTEN_PLAIN": "127.0.0.1:18080",
        "DAILIES_CERTIFICATE": str(crt),
        "DAILIES_CERTIFICATE_KEY": str(key),
        "DAILIES_APP": "127.0.0.1:8000",
        "DAILIES_SCHEME": "https",
        "DAILIES_PRIVATE": str(tmp_path),
        "DAILIES_STATIC": str(tmp_path),
    }
    parts = []
    for template in sorted(TEMPLATES.glob("*.template")):
        filled = re.sub(r"\$\{(DAILIES_\w+)\}", lambda found: values[found[1]], template.read_text())
        (tmp_path / template.stem).write_text(filled.replace("/dev/stdout", str(tmp_path / "access.log")))
        parts.append(f"include {tmp_path / template.stem};")
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} http {{ {' '.join(parts)} }}"
    )
    done = subprocess.run(
        [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
