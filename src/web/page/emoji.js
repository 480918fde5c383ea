// `:names:` of emoji. The system's own font draws them.

const TABLE = `smile😄 grin😁 joy😂 rofl🤣 wink😉 blush😊 happy🙂 hug🤗 thinking🤔 sleeping😴 party🥳 sunglasses😎 sad🙁 cry😢 sob😭
scream😱 angry😠 rage😡 ghost👻 robot🤖 cat😺 wave👋 ok👌 thumbsup👍 +1👍 thumbsdown👎 -1👎 clap👏 handshake🤝 pray🙏 muscle💪 eyes👀
shrug🤷 facepalm🤦 heart❤️ broken_heart💔 hundred💯 sparkles✨ star⭐ fire🔥 sun☀️ moon🌙 earth🌍 dog🐶 bug🐛
pizza🍕 cookie🍪 cake🍰 birthday🎂 coffee☕ beer🍺 trophy🏆 game🎮 dice🎲 art🎨 music🎵 rocket🚀 house🏠 laptop💻
bulb💡 book📖 gift🎁 tada🎉 crown👑 warning⚠️ check✅ cross❌ question❓ flag🏁`;

/** @type {Map<string, string>} */
const emoji = new Map(TABLE.split(/\s/).map((word) => {
	const at = word.search(/[^a-z_0-9+-]/);
	return [word.slice(0, at), word.slice(at)];
}));

/** Names and emoji with `part` in the name, those that begin with it first. @param {string} part */
export const emojiLike = (part) => [...emoji].filter(([name]) => name.includes(part)).sort(([a], [b]) =>
	b.startsWith(part) - a.startsWith(part) || a.length - b.length);

/** `text` with each `:name:` that there is made its emoji, but not within words, paths and `a::b`. @param {string} text */
export const withEmoji = (text) => text.replace(/(^|[^\p{L}\p{N}_:/])((?::[a-z_0-9+-]+:)+)/gu, (whole, before, names) =>
	before + names.replace(/:([^:]+):/g, (whole, name) => emoji.get(name) ?? whole));
