// A client with the library `irc-framework`: says what it hears in lines, and does what is typed.
//
//     irc_framework.js PORT NICK CHANNEL
//
// What is typed is a line of IRC, as a program would send it. It comes back when the server does.

const readline = require("node:readline");
const { Client } = require("irc-framework");

const [port, nick, channel] = process.argv.slice(2);
const tell = (...words) => console.log(words.join(" "));

const client = new Client({ host: "127.0.0.1", port: Number(port), nick, username: nick, gecos: nick, auto_reconnect: false });
client.on("registered", () => client.join(channel));
client.on("userlist", ({ channel, users }) => tell("names", channel, ...users.map((user) => user.nick).sort()));
client.on("join", ({ nick, channel }) => tell("join", nick, channel));
client.on("part", ({ nick, channel }) => tell("part", nick, channel));
client.on("quit", ({ nick }) => tell("quit", nick));
client.on("kick", ({ kicked, message }) => tell("kick", kicked, message));
client.on("nick", ({ nick, new_nick }) => tell("nick", nick, new_nick));
client.on("message", ({ type, target, nick, message }) => {
  if (type === "action") tell("act", target, nick, message);
  else if (type === "privmsg" && target.startsWith("#")) tell("said", target, nick, message);
  else if (type === "privmsg") tell("told", nick, message);
});
client.on("topic", ({ channel, topic }) => tell("topic", channel, topic));
client.on("whois", ({ nick, channels }) => tell("whois", nick, channels));
client.on("unknown command", ({ command, params }) => tell("unknown", command, ...params));
client.on("close", () => {
  tell("disconnected");
  setTimeout(() => client.connect(), 200);
});
client.connect();
readline.createInterface({ input: process.stdin }).on("line", (line) => client.raw(line));
