# SPDX-License-Identifier: GPL-2.0-or-later
"""A domain's TPM beside an appliance's: an swtpm with a certificate of a CA
that is swtpm's own, or that of a test."""

import os
import shutil
import subprocess


class Guest:
    """With a certificate, of RSA, of this CA."""

    def __init__(self, room, name, ca):
        self.room, self.dir = room, room.path(name)
        os.makedirs(os.path.join(self.dir, "state"))
        os.makedirs(ca, exist_ok=True)
        self.write("ca", "statedir = %s\nsigningkey = %s/sign.pem\n"
                   "issuercert = %s/issuer.pem\ncertserial = %s/serial\n"
                   % (ca, ca, ca, ca))
        self.write("options", "--platform-manufacturer Test\n"
                   "--platform-version 1\n--platform-model Test\n")
        self.write("setup", "create_certs_tool = %s\n"
                   "create_certs_tool_config = %s\n"
                   "create_certs_tool_options = %s\n"
                   % (shutil.which("swtpm_localca"), self.path("ca"),
                      self.path("options")))
        subprocess.run(
            ["swtpm_setup", "--tpm2", "--tpmstate", self.path("state"),
             "--create-ek-cert", "--config", self.path("setup")],
            check=True, stdout=room.log, stderr=room.log,
            stdin=subprocess.DEVNULL)
        self.process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate",
             "dir=" + self.path("state"),
             "--server", "type=unixio,path=" + self.path("tpm"),
             "--ctrl", "type=unixio,path=" + self.path("tpm.ctrl"),
             "--flags", "not-need-init,startup-clear",
             "--pid", "file=" + self.path("tpm.pid")],
            stdout=room.log, stderr=room.log, stdin=subprocess.DEVNULL)
        room.wait_for_file(name + "/tpm.pid", self.process)

    @property
    def tcti(self):
        return "swtpm:path=" + self.path("tpm")

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def tool(self, name, *args):
        """A command of tpm2-tools, which share no line with tpm/."""
        done = subprocess.run(
            ["tpm2_" + name, *args], cwd=self.dir, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "TPM2TOOLS_TCTI": self.tcti})
        assert done.returncode == 0, (name, done.stdout.decode())

    def flush(self):
        """There is no resource manager here."""
        for what in ("-t", "-l", "-s"):
            self.tool("flushcontext", what)

    def close(self):
        self.process.kill()
        self.process.wait()
