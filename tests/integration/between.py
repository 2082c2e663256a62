# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands between cryptod and its swtpm, at sockets of its own: passes what is
said on, and answers, changes, or keeps back what it is told to."""

import os
import socket
import struct
import threading

SIGN, UNSEAL, NV_INCREMENT = 0x15d, 0x15e, 0x134


def denial(code):
    return struct.pack(">HII", 0x8001, 10, code)


class Between:
    def __init__(self, path, tpm):
        self.path, self.tpm = path, tpm
        self.rule = None        # (command code, its bytes) -> answer or None
        self.bend = None        # (command code, answer) -> answer
        self.held = threading.Event()
        self.held.set()
        for name, serve in (("", self.serve), (".ctrl", self.control)):
            server = socket.socket(socket.AF_UNIX)
            server.bind(path + name)
            server.listen(64)
            threading.Thread(target=self.accept, args=(server, serve),
                             daemon=True).start()

    @property
    def tcti(self):
        return "swtpm:path=" + self.path

    def accept(self, server, serve):
        while True:
            client, _ = server.accept()
            threading.Thread(target=self.quietly, args=(serve, client),
                             daemon=True).start()

    def quietly(self, serve, client):
        """A bearer may be killed at any time."""
        try:
            with client:
                serve(client)
        except OSError:
            pass

    def reach(self, name):
        s = socket.socket(socket.AF_UNIX)
        s.connect(self.tpm + name)
        return s

    def control(self, client):
        with self.reach(".ctrl") as tpm:
            while (command := client.recv(4096)):
                tpm.sendall(command)
                client.sendall(tpm.recv(4096))

    def serve(self, client):
        while (command := client.recv(4096)):
            code, = struct.unpack(">I", command[6:10])
            answer = self.rule(code, command) if self.rule else None
            if answer is None:
                with self.reach("") as tpm:
                    tpm.sendall(command)
                    answer = self.take(tpm)
                if self.bend:
                    answer = self.bend(code, answer)
            self.held.wait()
            if not answer:
                return
            client.sendall(answer)

    @staticmethod
    def take(tpm):
        answer = tpm.recv(4096)
        while len(answer) < struct.unpack(">I", answer[2:6])[0]:
            answer += tpm.recv(4096)
        return answer
