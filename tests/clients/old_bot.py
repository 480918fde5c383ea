"""A bot of the old kind: greets people who join, and answers whatever is not a bot's, a mark's or a leaving.

    old_bot.py PORT NAME

It blocks on its socket, as the old ones did, and ends when the server closes the connection.
"""

import re
import socket
import sys

END = "::EOMsg::"
IGNORED = [
    re.compile(r"^(.*[Bb]ot): "),
    re.compile(r"[-]+\[Start new messages\][-]+"),
    re.compile(r"User .*[bB]ot has joined the chat!"),
    re.compile(r"Host: User .* left the chat\."),
]
JOINED = re.compile("User (.*?) has joined the chat!")

port, name = int(sys.argv[1]), sys.argv[2]
server = socket.create_connection(("localhost", port), 10)
server.settimeout(20)


def send(text):
    server.sendall(f"{name}: {text}{END}".encode())


send(name)
rest = ""
while True:
    data = server.recv(4096).decode()
    if not data:
        break
    *messages, rest = (rest + data).split(END)
    for message in messages:
        if any(pattern.match(message) for pattern in IGNORED):
            continue
        joined = JOINED.match(message)
        send(f"Hello {joined[1]}" if joined else f"I heard <{message}>")
