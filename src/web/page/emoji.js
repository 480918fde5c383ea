// `:names:` of emoji. The system's own font draws them.

const TABLE = `smile😄 grin😁 joy😂 rofl🤣 wink😉 blush😊 happy🙂 upside_down🙃 innocent😇 heart_eyes😍 star_struck🤩 kiss😘 yum😋
tongue😛 zany🤪 hug🤗 giggle🤭 shush🤫 thinking🤔 zipper🤐 neutral😐 smirk😏 unamused😒 eye_roll🙄 grimace😬 relieved😌 sleepy😪 sleeping😴
mask😷 ill🤒 sneeze🤧 hot🥵 cold🥶 dizzy😵 mind_blown🤯 cowboy🤠 party🥳 sunglasses😎 nerd🤓 confused😕 worried😟 sad🙁 open_mouth😮
flushed😳 pleading🥺 fearful😨 cry😢 sob😭 scream😱 sweat😓 weary😩 yawn🥱 triumph😤 angry😠 rage😡 devil😈 skull💀 poop💩 clown🤡 ghost👻
alien👽 robot🤖 cat😺 see_no_evil🙈 melting🫠 salute🫡 wave👋 hand✋ ok👌 victory✌️ crossed🤞 horns🤘 call_me🤙 left👈 right👉 up👆 down👇
thumbsup👍 +1👍 thumbsdown👎 -1👎 fist✊ punch👊 clap👏 raised_hands🙌 handshake🤝 pray🙏 writing✍️ muscle💪 brain🧠 eyes👀 ear👂 baby👶
shrug🤷 facepalm🤦 bow🙇 running🏃 dance💃 heart❤️ green_heart💚 blue_heart💙 black_heart🖤 broken_heart💔 hundred💯 boom💥 zzz💤 bubble💬
sparkles✨ star⭐ fire🔥 rainbow🌈 sun☀️ cloud☁️ rain🌧️ lightning⚡ snow❄️ snowman⛄ umbrella☔ moon🌙 earth🌍 ocean🌊 volcano🌋 dog🐶 mouse🐭
rabbit🐰 fox🦊 bear🐻 panda🐼 tiger🐯 lion🦁 cow🐮 pig🐷 frog🐸 monkey🐵 chicken🐔 penguin🐧 bird🐦 duck🦆 owl🦉 wolf🐺 horse🐴 unicorn🦄
bee🐝 bug🐛 butterfly🦋 snail🐌 spider🕷️ turtle🐢 snake🐍 octopus🐙 crab🦀 fish🐟 whale🐳 elephant🐘 hedgehog🦔 rose🌹 sunflower🌻 tulip🌷
seedling🌱 tree🌳 cactus🌵 clover🍀 leaf🍃 mushroom🍄 apple🍎 orange🍊 lemon🍋 banana🍌 grapes🍇 strawberry🍓 cherries🍒 peach🍑
tomato🍅 avocado🥑 carrot🥕 corn🌽 bread🍞 croissant🥐 pretzel🥨 cheese🧀 egg🥚 pancakes🥞 burger🍔 fries🍟 pizza🍕 taco🌮 salad🥗
spaghetti🍝 sushi🍣 rice🍚 cookie🍪 cake🍰 birthday🎂 chocolate🍫 candy🍬 donut🍩 icecream🍦 honey🍯 milk🥛 coffee☕ tea🍵 wine🍷
cocktail🍸 beer🍺 cheers🍻 champagne🍾 soccer⚽ basketball🏀 tennis🎾 bike🚴 swim🏊 trophy🏆 medal🏅 dart🎯 game🎮 dice🎲 chess♟️ puzzle🧩
art🎨 music🎵 guitar🎸 drum🥁 headphones🎧 movie🎬 theatre🎭 car🚗 bus🚌 train🚆 bicycle🚲 plane✈️ rocket🚀 boat⛵ anchor⚓ stop🛑
construction🚧 house🏠 school🏫 castle🏰 tent⛺ beach🏖️ map🗺️ compass🧭 watch⌚ phone📱 laptop💻 printer🖨️ battery🔋 plug🔌 bulb💡 candle🕯️
book📖 books📚 memo📝 pencil✏️ pin📌 scissors✂️ calendar📅 chart📈 mail✉️ package📦 gift🎁 balloon🎈 tada🎉 confetti🎊 money💰 crown👑 gem💎
hat🎩 glasses👓 lock🔒 key🔑 hammer🔨 wrench🔧 gear⚙️ magnet🧲 telescope🔭 microscope🔬 pill💊 door🚪 bed🛏️ bell🔔 megaphone📣 hourglass⏳
alarm⏰ warning⚠️ check✅ cross❌ question❓ exclamation❗ plus➕ minus➖ infinity♾️ recycle♻️ peace☮️ red🔴 yellow🟡 green🟢 blue🔵 flag🏁`;

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
