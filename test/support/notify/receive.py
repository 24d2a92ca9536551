"""What systemd does with notices: prints each as one line of JSON, and closes the descriptor that waits for it."""

import array
import json
import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(json.dumps("READY"), flush=True)
while True:
    data, ancillary, _flags, _address = receiver.recvmsg(65536, 4096)
    descriptors = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(payload)
    for descriptor in descriptors:
        os.close(descriptor)
    if data != b"BARRIER=1":
        print(json.dumps(data.decode()), flush=True)
