# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands between a client and cryptod: hands on what they say, counts what is
asked, and answers otherwise than cryptod does where a test wants that."""

import os
import socket
import threading

import peer


class Proxy:
    """bend(kind, answer) -> what the client gets, or None for silence."""

    def __init__(self, path, server):
        self.path, self.server = path, server
        self.bend = lambda kind, answer: (kind, answer)
        self.asked, self.open = [], 0       # open: not answered yet
        self.news = threading.Condition()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o600)
        self.listener.listen(8)
        threading.Thread(target=self.accept, daemon=True).start()

    def count(self, kind):
        return self.asked.count(kind)

    def wait_for(self, kind, times):
        with self.news:
            assert self.news.wait_for(lambda: self.count(kind) >= times,
                                      timeout=60), self.asked

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,),
                             daemon=True).start()

    def serve(self, client):
        near = peer.Peer(None, timeout=None, over=client)
        try:
            far = peer.Peer(self.server)
            while True:
                kind, body = near.receive()
                with self.news:
                    self.asked.append(kind)
                    self.news.notify_all()
                self.open += 1
                try:
                    answer = self.bend(*far.call(kind, body))
                    if answer is not None:
                        near.send(*answer)
                finally:
                    self.open -= 1
        except (peer.Closed, OSError):
            client.close()
