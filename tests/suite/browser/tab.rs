//! A page in the browser: what is typed and clicked there, what is to be seen, and whether anything went wrong.

use std::cell::{Cell, Ref, RefCell};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::browser::chromium::Chromium;
use crate::support::process::TEST_TIMEOUT;

/// The key that is held down with another.
pub const CONTROL: u64 = 2;

/// Waits until a condition holds: it is looked at again whenever the page changes. A page that never gets there is quoted.
const UNTIL: &str = "new Promise((done, fail) => {
    const events = ['scroll', 'focusin', 'input', 'load', 'transitionend'];
    const end = () => {
        clearTimeout(timer);
        observer.disconnect();
        for (const event of events) removeEventListener(event, look, true);
    };
    const look = () => {
        let found;
        try { found = (CONDITION); } catch {}
        if (!found) return;
        end();
        done(found);
    };
    const observer = new MutationObserver(look);
    const timer = setTimeout(() => { end(); fail(new Error('not on the page: ' + document.body?.innerText.slice(-800))); }, LIMIT);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    for (const event of events) addEventListener(event, look, true);
    look();
})";

/// A page. When it is closed, it is checked that it reported no error and asked nobody but its own server.
pub struct Tab {
    chromium: &'static Chromium,
    context: String,
    session: String,
    events: Receiver<Value>,
    /// The problems that were looked at already.
    found: RefCell<Vec<String>>,
    /// The browser has dropped its requests, as it does whenever an interface of the machine comes or goes: tests with network
    /// namespaces run at the same time.
    network_changed: Cell<bool>,
    /// Only requests to this host and port are right; none: any, and errors too.
    host: Option<String>,
    /// Its server goes away or refuses it, and the browser reports that.
    loses_its_server: bool,
}

impl Tab {
    /// Opens a page beside others of this browser context.
    pub fn open(chromium: &'static Chromium, context: &str, address: &str) -> Tab {
        let parameters = json!({ "url": "about:blank", "browserContextId": context, "newWindow": true });
        let target = chromium.call(None, "Target.createTarget", &parameters).unwrap();
        let parameters = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = chromium.call(None, "Target.attachToTarget", &parameters).unwrap();
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let events = chromium.events(&session);
        let host = address.split('/').nth(2).map(str::to_owned);
        let context = context.to_owned();
        let (found, network_changed) = (RefCell::default(), Cell::new(false));
        let tab =
            Tab { chromium, context, session, events, found, network_changed, host, loses_its_server: false };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        // As if it were the one that somebody looks at.
        tab.call("Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
        tab.size(1280, 800, false);
        tab.go(address);
        tab
    }

    /// Another page in the same browser: the two share what the browser keeps.
    pub fn beside(&self, address: &str) -> Tab {
        Tab::open(self.chromium, &self.context, address)
    }

    /// The browser may report that the server is gone, or refuses the page.
    pub fn loses_its_server(&mut self) {
        self.loses_its_server = true;
    }

    /// Nothing is checked: this is somebody else's page.
    pub fn is_elsewhere(&mut self) {
        self.host = None;
    }

    pub fn go(&self, address: &str) {
        self.call("Page.navigate", &json!({ "url": address }));
    }

    pub fn call(&self, method: &str, parameters: &Value) -> Value {
        let called = self.chromium.call(Some(&self.session), method, parameters);
        called.unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    /// The width and height of the window; and whether it is a phone's.
    pub fn size(&self, width: u32, height: u32, is_phone: bool) {
        let scale = if is_phone { 2 } else { 1 };
        let parameters =
            json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone });
        self.call("Emulation.setDeviceMetricsOverride", &parameters);
        self.call("Emulation.setTouchEmulationEnabled", &json!({ "enabled": is_phone }));
    }

    pub fn prefers(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// The value of an expression, or of what it promises. An error: what it threw.
    pub fn evaluate(&self, expression: &str) -> Result<Value, String> {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.chromium.call(Some(&self.session), "Runtime.evaluate", &parameters)?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(details["exception"]["description"].to_string()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    pub fn js(&self, expression: &str) -> Value {
        self.evaluate(expression).unwrap_or_else(|why| panic!("{expression}: {why}"))
    }

    /// Waits until an expression is true. Returns its value.
    pub fn until(&self, condition: &str) -> Value {
        let script =
            UNTIL.replace("CONDITION", condition).replace("LIMIT", &TEST_TIMEOUT.as_millis().to_string());
        let end = Instant::now() + TEST_TIMEOUT;
        loop {
            match self.evaluate(&script) {
                Ok(value) => return value,
                // It went to another page meanwhile.
                Err(why) if !why.contains("not on the page") && Instant::now() < end => {}
                Err(why) => {
                    let problems = self.host.as_deref().map(|host| self.problems(host));
                    panic!("{condition}: {why}; {problems:#?}");
                }
            }
        }
    }

    /// Waits until the page runs, and loads it again if the browser has dropped its requests.
    fn is_loaded(&self) {
        let is_enabled = "!!document.querySelector('input[name=name]:enabled')";
        self.until("document.readyState === 'complete'");
        if self.evaluate(is_enabled) != Ok(Value::Bool(true)) {
            if let Some(host) = &self.host {
                self.problems(host);
            }
            if self.network_changed.take() {
                self.js("window.isOld = true");
                self.call("Page.reload", &json!({}));
                self.until("!window.isOld");
                return self.is_loaded();
            }
        }
        self.until(is_enabled);
    }

    /// Gives a name.
    pub fn enter(&self, name: &str) {
        self.is_loaded();
        self.js("document.querySelector('input[name=name]').select()");
        self.type_text(name);
        self.key("Enter", 0);
    }

    /// Enters with a name, and is in the first room as soon as this returns.
    pub fn join(&self, name: &str) {
        self.enter(name);
        self.until("document.querySelector('[data-connection=online]') && document.querySelector('[data-room=lobby]')");
        let name = json!(name);
        self.until(&format!(
            "[...document.querySelectorAll('[data-member]')].some(one => one.dataset.member === {name})"
        ));
    }

    /// Writes into the message's field, and sends it.
    pub fn says(&self, text: &str) {
        self.js("document.querySelector('textarea[name=message]').focus()");
        self.type_text(text);
        self.key("Enter", 0);
    }

    /// Waits for a message in the log.
    pub fn shows(&self, who: &str, text: &str) {
        self.until(&format!("{}.length > 0", messages(who, text)));
    }

    /// How many such messages are in the log.
    pub fn count(&self, who: &str, text: &str) -> Value {
        self.js(&format!("{}.length", messages(who, text)))
    }

    pub fn type_text(&self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    pub fn key(&self, key: &str, held: u64) {
        let (code, number) = match key {
            "Enter" => ("Enter", 13),
            "ArrowUp" => ("ArrowUp", 38),
            "k" => ("KeyK", 75),
            _ => panic!("the key {key} is not known here"),
        };
        let event = json!({ "key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": held });
        let with = |kind: &str, text: Option<&str>| {
            let mut event = event.clone();
            event["type"] = kind.into();
            if let Some(text) = text {
                event["text"] = text.into();
            }
            event
        };
        let text = (key == "Enter").then_some("\r");
        let down = if text.is_some() { "keyDown" } else { "rawKeyDown" };
        self.call("Input.dispatchKeyEvent", &with(down, text));
        self.call("Input.dispatchKeyEvent", &with("keyUp", None));
    }

    /// Clicks in the middle of an element, on whatever is there.
    pub fn click(&self, selector: &str) {
        let place = format!(
            "(() => {{ const box = document.querySelector({}).getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        );
        let place = self.js(&place);
        for kind in ["mousePressed", "mouseReleased"] {
            let (x, y) = (&place[0], &place[1]);
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// What is to be seen, as a PNG.
    pub fn picture(&self) -> Vec<u8> {
        let picture = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }

    /// Errors that the page reported, and requests that it made elsewhere.
    fn problems(&self, host: &str) -> Ref<'_, Vec<String>> {
        // What happened before is told before this is answered.
        let _ = self.evaluate("0");
        let is_lost = |text: &str| {
            let is_changed = text.contains("ERR_NETWORK_CHANGED");
            self.network_changed.set(self.network_changed.get() || is_changed);
            let words = ["ERR_CONNECTION_REFUSED", "WebSocket connection to", "Failed to load resource"];
            is_changed || self.loses_its_server && words.iter().any(|words| text.contains(words))
        };
        let is_own = |url: &Value| {
            let url = url.as_str().unwrap();
            url.split('/').nth(2) == Some(host) || url.starts_with("data:") || url == "about:blank"
        };
        let problem = |event: Value| {
            let about = &event["params"];
            let is_wrong = match event["method"].as_str()? {
                "Runtime.exceptionThrown" => true,
                "Runtime.consoleAPICalled" => {
                    matches!(about["type"].as_str(), Some("error" | "warning" | "assert"))
                }
                "Log.entryAdded" => {
                    let entry = &about["entry"];
                    matches!(entry["level"].as_str(), Some("error" | "warning"))
                        && !is_lost(entry["text"].as_str().unwrap_or_default())
                }
                "Network.requestWillBeSent" => !is_own(&about["request"]["url"]),
                "Network.webSocketCreated" => !is_own(&about["url"]),
                _ => false,
            };
            is_wrong.then(|| event.to_string())
        };
        self.found.borrow_mut().extend(self.events.try_iter().filter_map(problem));
        self.found.borrow()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        if let Some(host) = &self.host {
            let problems = self.problems(host);
            assert!(problems.is_empty(), "{problems:#?}");
        }
        // The page leaves the chat now, and not when the tests end.
        let _ = self.chromium.call(Some(&self.session), "Page.close", &json!({}));
    }
}

/// The messages in the log of this author that contain this text.
fn messages(who: &str, text: &str) -> String {
    let (who, text) = (json!(who), json!(text));
    format!(
        "[...document.querySelectorAll('[role=log] [data-id]')]
            .filter(one => one.dataset.who === {who} && one.textContent.includes({text}))"
    )
}
