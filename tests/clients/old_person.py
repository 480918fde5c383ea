"""A person's program of the old kind: says what it reads, prints what it hears, and prints its own lines itself.

    old_person.py PORT NAME < LINES

Ends when the server closes the connection; `/exit` is its own affair, and never sent.
"""

import re
import select
import socket
import sys

END = "::EOMsg::"
KICKED = re.compile("^Kicked by the host for (.*)")

port, name = int(sys.argv[1]), sys.argv[2]
server = socket.create_connection(("localhost", port), 10)
server.setblocking(False)
queue = [f"{name}: {name}{END}"]
rest = ""
listening_to = [server, sys.stdin]

while True:
    readable, writable, _ = select.select(listening_to, [server] if queue else [], [], 20)
    if server in readable:
        data = server.recv(4096).decode()
        if not data:
            print("The connection with the chat server has stopped.", flush=True)
            break
        *messages, rest = (rest + data).split(END)
        for message in messages:
            kicked = KICKED.match(message)
            if kicked:
                print(f"You have been removed from the chat by the host. Reason: {kicked[1]}", flush=True)
                sys.exit(0)
            print(message, flush=True)
    if sys.stdin in readable:
        line = sys.stdin.readline().rstrip("\n")
        if line in ("", "/exit"):
            print("You are disconnecting from the chat.", flush=True)
            break
        print(f"{name}: {line}", flush=True)
        queue.append(f"{name}: {line}{END}")
    if server in writable:
        server.send(queue.pop(0).encode())
