//! The page in a real browser, against the real server: what people do there, whom they hear, and who hears them.
//!
//! Every page that is closed is checked: it reported no error, and asked nobody but its own server (`tab.rs`).

pub mod chromium;
mod elsewhere;
mod names;
mod password;
mod past;
mod place;
mod private;
mod screenshot;
pub mod tab;
mod undo;

use chromium::Chromium;

use crate::support::peer::Peer;
use crate::support::process::Salon;

/// Where the page of this server is.
fn address(salon: &Salon) -> String {
    format!("http://127.0.0.1:{}/", salon.port)
}

#[test]
fn two_pages_netcat_and_an_old_client_hear_one_another() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let mut old = Peer::join_eom(salon.port, "Old");
    bob.say("Who comes?");
    bob.until("Bob: Who comes?\n");
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    ann.shows("Bob", "Who comes?");
    ann.says("Hello all");
    bob.until("Ann: Hello all\n");
    old.until("Ann: Hello all::EOMsg::");
    ann.shows("Ann", "Hello all");
    bob.say("hi Ann, from netcat");
    ann.shows("Bob", "hi Ann, from netcat");
    old.send(b"good day::EOMsg::");
    ann.shows("Old", "good day");

    // Another page of the same browser is somebody else.
    let zoe = ann.beside(&address(&salon));
    zoe.until("document.querySelector('input[name=name]').value === 'Ann'");
    zoe.join("Zoe");
    ann.until("!!document.querySelector('[data-member=Zoe]')");
    ann.until("document.querySelector('[data-room=lobby]').textContent === 'lobby4'");
    zoe.shows("Ann", "Hello all");
    zoe.says("/me waves");
    ann.shows("Zoe", "waves");
    bob.until("* Zoe waves\n");
    ann.says("hi Zoe");
    zoe.shows("Ann", "hi Zoe");
    // Who loads its page again is the same.
    zoe.call("Page.reload", &serde_json::json!({}));
    zoe.until(
        "document.querySelector('[data-connection=online]') && !!document.querySelector('[data-member=Zoe]')",
    );
    zoe.says("still me");
    bob.until("Zoe: still me\n");
    drop(zoe);
    ann.until("!document.querySelector('[data-member=Zoe]')");
}

#[test]
fn markup_is_text_text_has_its_direction_and_emoji_are_emoji() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let ann = browser.open(&address(&salon));
    let markup =
        "<img src=x onerror=\"document.title='harmed'\"><script>document.title='harmed'</script><b>bold</b>";
    // The server's refusal quotes the name.
    ann.enter("<img/src=x/onerror=alert(1)>");
    ann.until("document.querySelector('[role=alert]').textContent.length > 10");
    ann.js("if (document.querySelector('[role=alert] *')) throw new Error('markup')");
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    bob.say(markup);
    ann.shows("Bob", markup);
    ann.says(markup);
    ann.shows("Ann", markup);
    bob.until(&format!("Ann: {markup}\n"));
    ann.js(
        "if (document.querySelector('[role=log] :is(img, script, p b)') || document.title.includes('harmed'))
        throw new Error('markup is no text')",
    );
    bob.say("see https://example.org/?a=<b>&c=\"d\" and javascript:alert(1)");
    ann.shows("Bob", "javascript:alert(1)");
    let links = ann.js("[...document.querySelectorAll('[role=log] a')].map(link => link.protocol)");
    assert_eq!(links, serde_json::json!(["https:"]));

    let direction = |who: &str| {
        let last = format!("[...document.querySelectorAll('[role=log] [data-who=\"{who}\"] p')].at(-1)");
        ann.js(&format!("getComputedStyle({last}).direction"))
    };
    let mut dana = Peer::join(salon.port, "דנה");
    dana.say("שלום לכולם, 3 דקות");
    ann.shows("דנה", "שלום לכולם, 3 דקות");
    assert_eq!(direction("דנה"), "rtl");
    assert_eq!(direction("Bob"), "ltr");

    // What is pasted, too; but not what belongs to a program or an address.
    ann.says("nice :smile:");
    bob.until("Ann: nice 😄\n");
    ann.says("(:wave::tada:) std::wave: a:wave: :8080: http://b/:wave: :no_such:");
    bob.until("Ann: (👋🎉) std::wave: a:wave: :8080: http://b/:wave: :no_such:\n");
    ann.shows("Ann", "nice 😄");
    bob.say("👩‍👩‍👧‍👦🎉");
    ann.shows("Bob", "👩‍👩‍👧‍👦🎉");
}

/// The page finds the same links as the terminal client, and a long row of brackets takes it no time.
#[test]
fn links_on_the_page_end_where_the_sentence_goes_on() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&[]);
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    let in_page = |expression: &str| {
        let name =
            "performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/links.js')).name";
        ann.js(&format!("import({name}).then(({{ partsOf }}) => {expression})"))
    };
    for (text, links) in [
        ("see https://example.org/a?b=c#d.", &["https://example.org/a?b=c#d"][..]),
        ("(http://a.b/c_(d)), and https://e", &["http://a.b/c_(d)", "https://e"]),
        ("[http://a/[b]] {http://a/{b}}", &["http://a/[b]", "http://a/{b}"]),
        ("http://a)(.) http://b/(c)(", &["http://a)(", "http://b/(c)("]),
        ("http://a\u{200b}b **http://c**", &["http://a", "http://c"]),
        ("https:// https://... ftp://a", &[]),
    ] {
        let text = serde_json::json!(text);
        let found = in_page(&format!("partsOf({text}, 'Ann').map(({{ href }}) => href).filter(Boolean)"));
        assert_eq!(found, serde_json::json!(links), "{text}");
    }
    let took = in_page(
        "{
            const start = performance.now();
            partsOf('http://a' + ')'.repeat(32_768), 'Ann');
            return performance.now() - start;
        }",
    );
    assert!(took.as_f64().unwrap() < 1_000.0, "{took} ms");
}

#[test]
fn a_phone_has_drawers_and_who_likes_it_dark_has_it_dark() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let ann = browser.open(&address(&salon));
    ann.size(390, 844, true);
    ann.join("Ann");
    let brightness = "(() => { const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
        return r + g + b; })()";
    ann.prefers("light");
    ann.until(&format!("{brightness} > 600"));
    ann.prefers("dark");
    ann.until("matchMedia('(prefers-color-scheme: dark)').matches");
    let dark = ann.js(brightness);
    assert!(dark.as_f64().unwrap() < 200.0, "{dark}");

    // An element whose middle can be touched.
    let is_seen = |selector: &str| {
        format!(
            "(() => {{ const one = document.querySelector('{selector}'); const box = one.getBoundingClientRect();
                const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return one === top || one.contains(top); }})()"
        )
    };
    let is_within =
        "document.documentElement.scrollWidth <= 390 && document.documentElement.scrollHeight <= 844";
    ann.until(&is_seen("textarea[name=message]"));
    ann.until(&format!("{is_within} && !{}", is_seen("[data-room=lobby]")));
    bob.say(&"a long word ".repeat(40));
    bob.say(&"x".repeat(300));
    ann.shows("Bob", "xxx");
    ann.until(is_within);
    ann.click("button[aria-label=Rooms]");
    ann.until(&is_seen("[data-room=lobby]"));
    ann.click("[data-room=lobby]");
    ann.until(&format!("!{} && {}", is_seen("[data-room=lobby]"), is_seen("textarea[name=message]")));
    ann.click("button[aria-label=Members]");
    ann.until(&is_seen("[data-member=Bob]"));
    ann.click("[data-member=Bob]");
    // That is the way to write to him only.
    ann.until(&format!(
        "document.querySelector('h1[id=title]').textContent === '@Bob' && {}",
        is_seen("textarea[name=message]")
    ));
    ann.click("textarea[name=message]");
    ann.type_text("by thumb");
    ann.click("button[aria-label=Send]");
    bob.until("[Ann to you] by thumb\n");
}

#[test]
fn who_is_removed_or_banned_reads_why_and_may_come_back_when_it_is_over() {
    let Some(browser) = Chromium::get() else { return };
    let mut salon = Salon::start(&[]);
    let mut eve = browser.open(&address(&salon));
    eve.loses_its_server();
    let gate_says =
        |words: &str| format!("document.querySelector('[role=alert]').textContent.includes('{words}')");
    eve.join("Eve");
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    salon.type_line("kick Eve for the noise");
    eve.until(&gate_says("You were removed: the noise"));
    ann.until("document.body.textContent.includes('Eve was removed by the host: the noise')");
    eve.join("Eve");
    salon.type_line("ban 127.0.0.1 for 1h more noise");
    eve.until(&gate_says("more noise"));
    // Who tries again is told again.
    eve.enter("Eve");
    eve.until(&gate_says("You are banned"));
    salon.type_line("unban 127.0.0.1");
    salon.line("The ban on 127.0.0.1 is lifted.");
    eve.go(&address(&salon));
    eve.join("Eve");
}
