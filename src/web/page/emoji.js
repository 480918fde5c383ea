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
	Number(b.startsWith(part)) - Number(a.startsWith(part)) || a.length - b.length);

/** `text` with each `:name:` that there is made its emoji. @param {string} text */
export const withEmoji = (text) => text.replace(/(^|\W):([a-z_0-9+-]+):/g,
	(whole, before, name) => (emoji.has(name) ? before + emoji.get(name) : whole));
