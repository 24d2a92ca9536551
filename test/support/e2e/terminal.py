"""Runs a command under a pseudo terminal: terminal.py ROWS COLUMNS COMMAND [ARGUMENT...]

What the command prints goes to standard output as it is. Standard input takes one JSON object a line:
{"type": TEXT} is typed once the command has taken over the terminal (switched its echo off),
{"rows": N, "columns": N} resizes. Ends with the command's exit code.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def wait_until_taken_over(terminal):
    local_flags = 3
    while termios.tcgetattr(terminal)[local_flags] & termios.ECHO:
        time.sleep(0.01)


def obey(terminal, line):
    order = json.loads(line)
    if "type" in order:
        wait_until_taken_over(terminal)
        os.write(terminal, order["type"].encode())
    else:
        resize(terminal, order["rows"], order["columns"])


def read_output(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:  # EIO: the command has closed its terminal
        return b""


def relay(terminal):
    orders, pending = [0], b""
    while True:
        ready, _, _ = select.select([terminal, *orders], [], [])
        if terminal in ready:
            output = read_output(terminal)
            if not output:
                return
            os.write(1, output)
        if 0 in ready:
            chunk = os.read(0, 65536)
            if not chunk:
                orders = []
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                obey(terminal, line)


def main():
    rows, columns, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    child, terminal = pty.fork()
    if child == 0:
        resize(0, rows, columns)
        os.execvp(command[0], command)
    relay(terminal)
    _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
