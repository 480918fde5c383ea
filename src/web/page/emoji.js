// `:names:` of emoji. The letters of the system's own font draw them.

const TABLE = `smile😄 grin😁 joy😂 rofl🤣 wink😉 blush😊 happy🙂 upside_down🙃 innocent😇 heart_eyes😍 star_struck🤩 kiss😘 yum😋
tongue😛 zany🤪 money_mouth🤑 hug🤗 giggle🤭 shush🤫 thinking🤔 zipper🤐 raised_eyebrow🤨 neutral😐 expressionless😑 smirk😏 unamused😒
eye_roll🙄 grimace😬 relieved😌 pensive😔 sleepy😪 drool🤤 sleeping😴 mask😷 ill🤒 nauseated🤢 vomit🤮 sneeze🤧 hot🥵 cold🥶 dizzy😵
mind_blown🤯 cowboy🤠 party🥳 sunglasses😎 nerd🤓 monocle🧐 confused😕 worried😟 sad🙁 open_mouth😮 astonished😲 flushed😳 pleading🥺
fearful😨 anxious😰 cry😢 sob😭 scream😱 disappointed😞 sweat😓 sweat_smile😅 weary😩 tired😫 yawn🥱 triumph😤 angry😠 rage😡 swearing🤬
devil😈 skull💀 poop💩 clown🤡 ghost👻 alien👽 robot🤖 cat😺 see_no_evil🙈 hear_no_evil🙉 speak_no_evil🙊 melting🫠 salute🫡 peek🫣
wave👋 raised_hand✋ vulcan🖖 ok👌 pinch🤏 victory✌️ crossed🤞 love_you🤟 horns🤘 call_me🤙 left👈 right👉 up👆 down👇 point☝️
thumbsup👍 +1👍 thumbsdown👎 -1👎 fist✊ punch👊 clap👏 raised_hands🙌 open_hands👐 palms🤲 handshake🤝 pray🙏 thanks🙏 writing✍️ nails💅
muscle💪 brain🧠 eyes👀 ear👂 nose👃 lips👄 baby👶 shrug🤷 facepalm🤦 bow🙇 running🏃 dancer💃 dancing🕺 walk🚶 teacher🧑‍🏫 student🧑‍🎓
heart❤️ orange_heart🧡 yellow_heart💛 green_heart💚 blue_heart💙 purple_heart💜 black_heart🖤 white_heart🤍 broken_heart💔 sparkling_heart💖
hundred💯 boom💥 collision💥 droplet💧 sweat_drops💦 dash💨 zzz💤 bubble💬 thought💭 sparkles✨ star⭐ glowing_star🌟 fire🔥 rainbow🌈 sun☀️
cloud☁️ rain🌧️ thunder⛈️ lightning⚡ snow❄️ snowman⛄ wind🌬️ umbrella☔ moon🌙 full_moon🌕 earth🌍 comet☄️ ocean🌊 volcano🌋 mountain⛰️
dog🐶 mouse🐭 hamster🐹 rabbit🐰 fox🦊 bear🐻 panda🐼 koala🐨 tiger🐯 lion🦁 cow🐮 pig🐷 frog🐸 monkey🐵 chicken🐔 penguin🐧 bird🐦 duck🦆
eagle🦅 owl🦉 bat🦇 wolf🐺 horse🐴 unicorn🦄 bee🐝 bug🐛 butterfly🦋 snail🐌 ladybug🐞 ant🐜 spider🕷️ turtle🐢 snake🐍 dinosaur🦕 octopus🐙
crab🦀 fish🐟 dolphin🐬 whale🐳 shark🦈 crocodile🐊 elephant🐘 hedgehog🦔 sloth🦥 bouquet💐 rose🌹 sunflower🌻 tulip🌷 seedling🌱 tree🌳
palm🌴 cactus🌵 clover🍀 leaf🍃 mushroom🍄 apple🍎 pear🍐 orange🍊 lemon🍋 banana🍌 melon🍉 grapes🍇 strawberry🍓 cherries🍒 peach🍑 mango🥭
pineapple🍍 coconut🥥 kiwi🥝 tomato🍅 avocado🥑 carrot🥕 corn🌽 pepper🌶️ garlic🧄 onion🧅 bread🍞 croissant🥐 pretzel🥨 cheese🧀 egg🥚
pancakes🥞 bacon🥓 burger🍔 fries🍟 pizza🍕 hotdog🌭 sandwich🥪 taco🌮 burrito🌯 salad🥗 spaghetti🍝 soup🍜 sushi🍣 rice🍚 dumpling🥟 cookie🍪
cake🍰 birthday🎂 chocolate🍫 candy🍬 donut🍩 icecream🍦 honey🍯 milk🥛 coffee☕ tea🍵 wine🍷 cocktail🍸 beer🍺 cheers🍻 champagne🍾 mate🧉
soccer⚽ basketball🏀 tennis🎾 volleyball🏐 pingpong🏓 goal🥅 ski🎿 surf🏄 swim🏊 bike🚴 climb🧗 trophy🏆 medal🏅 first🥇 second🥈 third🥉
dart🎯 game🎮 dice🎲 chess♟️ puzzle🧩 art🎨 music🎵 guitar🎸 piano🎹 drum🥁 microphone🎤 headphones🎧 movie🎬 ticket🎫 theatre🎭 circus🎪
car🚗 bus🚌 train🚆 tram🚋 bicycle🚲 plane✈️ rocket🚀 ufo🛸 boat⛵ ship🚢 anchor⚓ stop🛑 construction🚧 house🏠 school🏫 castle🏰 tent⛺
city🏙️ beach🏖️ camping🏕️ map🗺️ compass🧭 watch⌚ phone📱 laptop💻 keyboard⌨️ printer🖨️ battery🔋 plug🔌 bulb💡 flashlight🔦 candle🕯️
book📖 books📚 newspaper📰 bookmark🔖 memo📝 pencil✏️ pen🖊️ paperclip📎 pin📌 scissors✂️ ruler📏 folder📁 calendar📅 chart📈 chart_down📉
mail✉️ package📦 gift🎁 balloon🎈 tada🎉 confetti🎊 ribbon🎀 money💰 coin🪙 crown👑 gem💎 ring💍 hat🎩 glasses👓 shirt👕 shoe👟 bag🎒 lock🔒
key🔑 hammer🔨 wrench🔧 gear⚙️ magnet🧲 telescope🔭 microscope🔬 test_tube🧪 dna🧬 pill💊 syringe💉 door🚪 bed🛏️ broom🧹 bell🔔 loudspeaker📢
megaphone📣 hourglass⏳ alarm⏰ stopwatch⏱️ warning⚠️ no_entry⛔ check✅ cross❌ question❓ exclamation❗ plus➕ minus➖ infinity♾️ recycle♻️
peace☮️ yin_yang☯️ new🆕 free🆓 cool🆒 sos🆘 red🔴 orange_circle🟠 yellow🟡 green🟢 blue🔵 purple🟣 black⚫ white⚪ flag🏁 white_flag🏳️ pirate🏴‍☠️`;

/** @type {Map<string, string>} */
const emoji = new Map();
for (const word of TABLE.split(/\s+/)) {
  const at = word.search(/[^a-z_0-9+-]/);
  emoji.set(word.slice(0, at), word.slice(at));
}

/**
 * The emoji whose names begin with `start`, and then those with it anywhere.
 * @param {string} start without the colon
 * @param {number} most
 * @returns {{ name: string, emoji: string }[]}
 */
export function emojiLike(start, most) {
  const names = [...emoji.keys()].filter((name) => name.includes(start));
  names.sort((a, b) => Number(!a.startsWith(start)) - Number(!b.startsWith(start)) || a.length - b.length);
  return names.slice(0, most).map((name) => ({ name, emoji: emoji.get(name) ?? "" }));
}

/**
 * `text` with each `:name:` that there is made its emoji.
 * @param {string} text
 */
export const withEmoji = (text) =>
  text.replace(/:([a-z_0-9+-]+):/g, (whole, name, at) => (/\w/.test(text[at - 1] ?? "") ? whole : emoji.get(name) ?? whole));
