// `:names:` of emoji. The system's own font draws them.

const TABLE = `smile😄 grin😁 joy😂 rofl🤣 wink😉 blush😊 happy🙂 innocent😇
heart_eyes😍 kiss😘 yum😋 tongue😛 hug🤗 shush🤫 thinking🤔 neutral😐 smirk😏 eye_roll🙄 grimace😬 sleepy😪 sleeping😴 hot🥵 cold🥶
mind_blown🤯 party🥳 sunglasses😎 nerd🤓 confused😕 sad🙁 pleading🥺 cry😢 sob😭 scream😱 sweat😓 yawn🥱 angry😠 rage😡 skull💀 poop💩 ghost👻
robot🤖 cat😺 see_no_evil🙈 melting🫠 salute🫡 wave👋 ok👌 victory✌️ crossed🤞 left👈 right👉 up👆 down👇 thumbsup👍 +1👍 thumbsdown👎 -1👎
clap👏 raised_hands🙌 handshake🤝 pray🙏 muscle💪 brain🧠 eyes👀 shrug🤷 facepalm🤦 running🏃 heart❤️ green_heart💚 broken_heart💔
hundred💯 zzz💤 sparkles✨ star⭐ fire🔥 rainbow🌈 sun☀️ cloud☁️ rain🌧️ snow❄️ snowman⛄ moon🌙 earth🌍 dog🐶 rabbit🐰 fox🦊 bear🐻 tiger🐯
lion🦁 cow🐮 frog🐸 monkey🐵 penguin🐧 bird🐦 duck🦆 owl🦉 horse🐴 unicorn🦄 bee🐝 bug🐛 butterfly🦋 turtle🐢 snake🐍 fish🐟 whale🐳 rose🌹
sunflower🌻 tree🌳 clover🍀 apple🍎 lemon🍋 banana🍌 strawberry🍓 carrot🥕 bread🍞 pretzel🥨 cheese🧀 egg🥚 burger🍔 pizza🍕 salad🥗 sushi🍣
cookie🍪 cake🍰 birthday🎂 chocolate🍫 donut🍩 icecream🍦 coffee☕ tea🍵 wine🍷 beer🍺 cheers🍻 soccer⚽ tennis🎾 bike🚴 trophy🏆 game🎮 dice🎲
chess♟️ puzzle🧩 art🎨 music🎵 guitar🎸 movie🎬 car🚗 train🚆 bicycle🚲 plane✈️ rocket🚀 boat⛵ construction🚧 house🏠 school🏫 map🗺️
watch⌚ phone📱 laptop💻 bulb💡 book📖 books📚 memo📝 pencil✏️ pin📌 calendar📅 chart📈 mail✉️ gift🎁 balloon🎈 tada🎉 crown👑 lock🔒 key🔑
wrench🔧 gear⚙️ door🚪 bell🔔 hourglass⏳ alarm⏰ warning⚠️ check✅ cross❌ question❓ exclamation❗ plus➕ minus➖ recycle♻️ red🔴 green🟢
blue🔵 flag🏁`;

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
