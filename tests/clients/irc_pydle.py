"""A client with the library `pydle`: says what it hears in lines, and does what is typed.

    irc_pydle.py PORT NICK CHANNEL

What is typed is a line of IRC, as a program would send it. It comes back when the server does.
"""

import asyncio
import sys

import pydle

PORT, NICK, CHANNEL = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def tell(*words):
    print(*words, flush=True)


class Client(pydle.Client):
    async def handle_forever(self):
        try:
            await super().handle_forever()
        except ConnectionError:
            # The library takes no reset for a disconnect.
            await self.disconnect(expected=False)

    async def on_connect(self):
        await super().on_connect()
        await self.join(CHANNEL)

    async def on_raw_366(self, message):
        channel = message.params[1]
        tell("names", channel, *sorted(self.channels[channel]["users"]))

    async def on_join(self, channel, user):
        tell("join", user, channel)

    async def on_part(self, channel, user, message=None):
        tell("part", user, channel)

    async def on_quit(self, user, message=None):
        tell("quit", user)

    async def on_kick(self, channel, target, by, reason=None):
        tell("kick", target, reason)

    async def on_nick_change(self, old, new):
        tell("nick", old, new)

    async def on_channel_message(self, target, by, message):
        if by != self.nickname:
            tell("said", target, by, message)

    async def on_private_message(self, target, by, message):
        if by != self.nickname:
            tell("told", by, message)

    async def on_ctcp_action(self, by, target, contents):
        tell("act", target, by, contents)

    async def on_topic_change(self, channel, message, by):
        tell("topic", channel, message)

    async def on_raw_332(self, message):
        await super().on_raw_332(message)
        tell("topic", *message.params[1:])

    async def on_raw_319(self, message):
        await super().on_raw_319(message)
        tell("whois", message.params[1], *message.params[2].split())

    async def on_disconnect(self, expected):
        tell("disconnected")
        while not self.connected:
            try:
                await self.connect(reconnect=True)
            except OSError:
                await asyncio.sleep(0.2)


async def main():
    client = Client(NICK, username=NICK, realname=NICK)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await client.connect("127.0.0.1", PORT, tls=False)
    while line := await reader.readline():
        await client.raw(line.decode().rstrip("\n") + "\r\n")


asyncio.run(main())
