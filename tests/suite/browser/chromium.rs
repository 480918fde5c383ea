//! One headless Chromium for all tests, driven by its `DevTools` protocol: JSON objects in two pipes, each with a zero byte behind it.
//!
//! It ends when its pipes are closed, so it does not outlive this process. The protocol is spoken here by hand: crates for it
//! bring an asynchronous runtime, or a download of a browser, and these tests need a dozen of its methods.

use std::collections::HashMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::browser::tab::Tab;
use crate::support::process::TEST_TIMEOUT;

/// What Chromium is called.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// It speaks in descriptors 3 and 4. Its profile is deleted when it has ended.
const SCRIPT: &str = r#"profile=$(mktemp -d) || exit 1
"$@" --user-data-dir="$profile" 3<&0 4>&1 </dev/null >/dev/null 2>&1
rm -rf "$profile""#;

/// It is to ask nobody for anything by itself, and pages that are not in front are to be as quick as the one that is. The sandbox
/// is not available to root, and it loads our own pages only.
const OPTIONS: [&str; 15] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--no-first-run",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP *.example 127.0.0.1",
];

/// The running browser.
pub struct Chromium {
    calls: Mutex<Calls>,
    routes: Arc<Mutex<Routes>>,
}

struct Calls {
    input: ChildStdin,
    last: u64,
}

/// Who waits for what.
#[derive(Default)]
struct Routes {
    /// For the answer to a call, by its number.
    answers: HashMap<u64, Sender<Value>>,
    /// For the events of a page, by its session.
    events: HashMap<String, Sender<Value>>,
}

impl Chromium {
    /// The browser, which the first caller starts. `None`: this machine has none; where `CI` is set, that is a failure.
    pub fn get() -> Option<&'static Chromium> {
        static CHROMIUM: LazyLock<Option<Chromium>> = LazyLock::new(|| program().map(Chromium::start));
        let chromium = CHROMIUM.as_ref();
        if chromium.is_none() {
            assert!(env::var_os("CI").is_none(), "chromium is missing");
            eprintln!("not tested: this machine has no chromium");
        }
        chromium
    }

    fn start(program: &str) -> Chromium {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "chromium", program]).args(OPTIONS);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[expect(clippy::zombie_processes, reason = "it ends with its pipe, and the tests with it")]
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let routes = Arc::new(Mutex::new(Routes::default()));
        let chromium = Chromium {
            calls: Mutex::new(Calls { input: child.stdin.take().unwrap(), last: 0 }),
            routes: Arc::clone(&routes),
        };
        thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message: Value = serde_json::from_slice(&message).unwrap();
                let mut routes = routes.lock().unwrap();
                let receiver = match (message["id"].as_u64(), message["sessionId"].as_str()) {
                    (Some(call), _) => routes.answers.remove(&call),
                    (None, Some(session)) => routes.events.get(session).cloned(),
                    (None, None) => None,
                };
                if let Some(receiver) = receiver {
                    // Who waited may have given up.
                    let _ = receiver.send(message);
                }
            }
            // The end: nobody's answer comes any more.
            routes.lock().unwrap().answers.clear();
        });
        chromium
    }

    /// A page in a window of its own, which knows nothing of others: no storage, no cache.
    pub fn open(&'static self, address: &str) -> Tab {
        let context = self.call(None, "Target.createBrowserContext", &json!({ "disposeOnDetach": true }));
        let context = context.unwrap()["browserContextId"].as_str().unwrap().to_owned();
        Tab::open(self, &context, address)
    }

    /// Calls a method, of a page if there is a session. An error: why it failed, in the browser's words.
    pub fn call(&self, session: Option<&str>, method: &str, parameters: &Value) -> Result<Value, String> {
        let (sender, answer) = mpsc::channel();
        {
            let mut calls = self.calls.lock().unwrap();
            calls.last += 1;
            let mut call = json!({ "id": calls.last, "method": method, "params": parameters });
            if let Some(session) = session {
                call["sessionId"] = session.into();
            }
            self.routes.lock().unwrap().answers.insert(calls.last, sender);
            calls.input.write_all(format!("{call}\0").as_bytes()).unwrap();
        }
        // A condition that is waited for has this limit itself, and says more.
        let mut answer =
            answer.recv_timeout(2 * TEST_TIMEOUT).map_err(|_| format!("no answer to {method}"))?;
        match answer["error"]["message"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(answer["result"].take()),
        }
    }

    /// The events of a page from now on.
    pub fn events(&self, session: &str) -> Receiver<Value> {
        let (sender, events) = mpsc::channel();
        self.routes.lock().unwrap().events.insert(session.to_owned(), sender);
        events
    }
}

fn program() -> Option<&'static str> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &&str| env::split_paths(&folders).any(|folder| folder.join(program).is_file());
    PROGRAMS.into_iter().find(is_there)
}
