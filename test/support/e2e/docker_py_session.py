"""Drives a daemon with docker-py as its users do, and prints one JSON line for each result.

Takes its endpoint from DOCKER_HOST and its companions; arguments: IMAGE NAME.
"""

import hashlib
import io
import json
import sys
import tarfile

import docker


def show(what, value):
    print(json.dumps({what: value}), flush=True)


def archive_of(name, data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def ordinary_calls(client, image):
    show("ping", client.ping())
    show("api", client.version()["ApiVersion"])
    output = client.containers.run(image, ["echo", "hello"], remove=True, network_mode="none")
    show("run", output.decode())
    try:
        client.containers.run(image, ["sh", "-c", "exit 3"], remove=True, network_mode="none")
    except docker.errors.ContainerError as error:
        show("exit code", error.exit_status)
    try:
        client.containers.get("no-such-container")
    except docker.errors.NotFound as error:
        show("not found", error.explanation)


def exec_calls(container):
    code, output = container.exec_run(["sh", "-c", "echo out; exit 4"])
    show("exec", [code, output.decode()])
    code, (out, err) = container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
    show("exec demultiplexed", [code, out.decode(), err.decode()])


def archive_calls(container):
    data = bytes(range(256)) * 4096
    container.put_archive("/tmp", archive_of("data", data))
    stream, stat = container.get_archive("/tmp/data")
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        back = archive.extractfile("data").read()
    show("archive", [stat["size"], hashlib.sha256(back).hexdigest()])


def stream_calls(client, container, name):
    lines = container.logs(stream=True, follow=True)
    show("first line followed", next(iter(lines)).decode())
    lines.close()
    events = client.events(decode=True, filters={"container": name})
    container.kill()
    # The daemon answers before it subscribes: the event of the kill itself may have been missed.
    show("event", next(event["Action"] for event in events if event["Action"] == "die"))
    events.close()
    show("wait", container.wait()["StatusCode"])


def build_call(client, image, name):
    dockerfile = f"FROM {image}\nRUN echo built\n".encode()
    _, log = client.images.build(
        fileobj=io.BytesIO(dockerfile), tag=name, nocache=True, rm=True, network_mode="none"
    )
    show("build", "".join(line.get("stream", "") for line in log).count("built"))
    client.images.remove(name)


def main():
    image, name = sys.argv[1:]
    client = docker.from_env()
    ordinary_calls(client, image)
    container = client.containers.run(
        image,
        ["sh", "-c", "echo up; sleep 1000"],
        detach=True,
        name=name,
        network_mode="none",
    )
    try:
        exec_calls(container)
        archive_calls(container)
        stream_calls(client, container, name)
        build_call(client, image, name)
    finally:
        container.remove(force=True)


main()
