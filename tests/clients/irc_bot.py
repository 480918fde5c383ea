"""A client with the library `irc`: says what it hears in lines, and does what is typed.

    irc_bot.py PORT NICK CHANNEL

What is typed is a line of IRC, as a program would send it. It comes back when the server does.
"""

import sys
import threading

import irc.bot


def tell(*words):
    print(*words, flush=True)


class Bot(irc.bot.SingleServerIRCBot):
    def __init__(self, port, nick, channel):
        again = irc.bot.ExponentialBackoff(min_interval=1, max_interval=1)
        super().__init__([("127.0.0.1", port)], nick, nick, recon=again)
        self.channel = channel

    def on_welcome(self, connection, event):
        connection.join(self.channel)

    def on_endofnames(self, connection, event):
        names = sorted(self.channels[event.arguments[0]].users())
        tell("names", event.arguments[0], *names)

    def on_join(self, connection, event):
        tell("join", event.source.nick, event.target)

    def on_part(self, connection, event):
        tell("part", event.source.nick, event.target)

    def on_quit(self, connection, event):
        tell("quit", event.source.nick)

    def on_nick(self, connection, event):
        tell("nick", event.source.nick, event.target)

    def on_kick(self, connection, event):
        tell("kick", *event.arguments)

    def on_pubmsg(self, connection, event):
        tell("said", event.target, event.source.nick, *event.arguments)

    def on_privmsg(self, connection, event):
        tell("told", event.source.nick, *event.arguments)

    def on_action(self, connection, event):
        tell("act", event.target, event.source.nick, *event.arguments)

    def on_currenttopic(self, connection, event):
        tell("topic", *event.arguments)

    def on_topic(self, connection, event):
        tell("topic", event.target, *event.arguments)

    def on_whoisuser(self, connection, event):
        tell("whois", event.arguments[0])

    def on_whoischannels(self, connection, event):
        tell("whois", event.arguments[0], *event.arguments[1].split())

    def on_disconnect(self, connection, event):
        tell("disconnected")


bot = Bot(int(sys.argv[1]), *sys.argv[2:4])


def keyboard():
    for line in sys.stdin:
        with bot.reactor.mutex:
            bot.connection.send_raw(line.rstrip("\n"))


threading.Thread(target=keyboard, daemon=True).start()
bot.start()
