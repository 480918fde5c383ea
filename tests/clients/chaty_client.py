"""A person's program on ChatyChaty's wire: whatever it reads at once is a message, and nothing ends one.

    chaty_client.py HOST PORT user NAME < LINES

Each message is printed as a line of its own, its newlines as `\\n`, so that one sees where messages end. What is typed
is sent as `NAME: line`. It ends when the server closes the connection; the end of its input is not the end of it.
"""

import os
import socket
import sys
import threading

host, port, mode, name = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
if mode != "user":
    sys.exit("The only mode is: user")
server = socket.create_connection((host, port), 10)
server.settimeout(None)


def show(text):
    print(text.replace("\n", "\\n"), flush=True)


def receive():
    while True:
        try:
            message = server.recv(1024).decode("utf8")
        except (OSError, UnicodeDecodeError) as error:
            show(f"Com error! {error.__class__.__name__}")
            break
        if message == "":
            show("Disconnected from server!")
            break
        show(message)
        if message == "NICK":
            server.send(name.encode("utf8"))
        elif message in ("NICK_INVALID", "KICK"):
            break
    server.close()


def send():
    for line in sys.stdin:
        text = line.rstrip("\n")
        try:
            server.send(f"{name}: {text}".encode("utf8"))
        except OSError:
            break


threading.Thread(target=send, daemon=True).start()
receive()
# The other thread may wait for a line for ever.
os._exit(0)
