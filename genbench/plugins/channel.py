"""The end of the channel in a plugin's process."""

from __future__ import annotations

import json
import os
import socket
from typing import Any


class Channel:
    """Sends and receives JSON values, one a line. A copy of the process that the plugin forked and let go on ends as soon as
    it uses the channel."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._lines = connection, connection.makefile("rb")
        self._owner = os.getpid()

    def send(self, value: Any) -> None:
        self._check_owner()
        self._connection.sendall(json.dumps(value).encode() + b"\n")

    def receive(self) -> Any:
        """Return the next value, or None if there will be no more."""
        self._check_owner()
        line = self._lines.readline()
        return json.loads(line) if line else None

    def _check_owner(self) -> None:
        if os.getpid() != self._owner:
            os._exit(0)
