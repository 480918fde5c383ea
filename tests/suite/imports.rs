//! Imports go down the layers only, and not in circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module of `src/`: `["hub", "rooms"]`. The crate itself is empty.
type Module = Vec<String>;

/// Which modules each module imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// The source of each module, as far as it belongs to the program.
fn modules() -> BTreeMap<Module, String> {
    let mut modules = BTreeMap::new();
    read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut Vec::new(), &mut modules);
    modules
}

fn read_folder(folder: &Path, at: &mut Module, modules: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            at.push(stem);
            read_folder(&path, at, modules);
            at.pop();
        } else if path.extension().is_some_and(|extension| extension == "rs") && stem != "tests" {
            let mut module = at.clone();
            if !matches!(stem.as_str(), "mod" | "lib") {
                module.push(stem);
            }
            modules.insert(module, program_text(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A file without its unit tests and its comments.
fn program_text(source: &str) -> String {
    let program = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    program.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

/// The paths that a file imports or names, each from the root of the crate.
fn paths(module: &Module, text: &str) -> Vec<Module> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in text.match_indices(root) {
            if text[..at].ends_with(|c| is_part(c) || c == ':') {
                continue;
            }
            let mut rest = &text[at..];
            let mut base = if root == "crate::" { Vec::new() } else { module.clone() };
            while let Some(behind) = rest.strip_prefix("super::") {
                base.pop();
                rest = behind;
            }
            expand(&base, rest.strip_prefix("crate::").unwrap_or(rest), &mut found);
        }
    }
    found
}

/// All paths of `a::{b, c::d}`, and of `a::b`.
fn expand(base: &Module, text: &str, found: &mut Vec<Module>) {
    if let Some(list) = text.strip_prefix('{') {
        return items(list).into_iter().for_each(|item| expand(base, item.trim(), found));
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut path = base.clone();
    if &text[..end] != "self" && end > 0 {
        path.push(text[..end].to_owned());
    }
    match text[end..].strip_prefix("::") {
        Some(rest) => expand(&path, rest, found),
        None => found.push(path),
    }
}

/// The items of a list whose opening brace was taken off.
fn items(list: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut items) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            ',' if depth == 0 => {
                items.push(&list[begin..at]);
                begin = at + 1;
            }
            '}' if depth == 0 => {
                items.push(&list[begin..at]);
                return items.into_iter().filter(|item| !item.trim().is_empty()).collect();
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    items
}

/// The names that a module hands on from modules below it, each with the path that it stands for.
fn handed_on(module: &Module, text: &str) -> Vec<(String, Module)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("use ") {
        let statement = &text[at + "use ".len()..];
        let is_from_outside = ["crate::", "super::", "std::"].iter().any(|root| statement.starts_with(root));
        if !is_from_outside {
            let statement = &statement[..statement.find(';').unwrap_or(0)];
            expand(module, statement, &mut found);
        }
    }
    found.into_iter().filter_map(|path| Some((path.last()?.clone(), path))).collect()
}

/// The module that defines what a path names.
fn definer(path: &Module, modules: &BTreeMap<Module, String>) -> Module {
    let mut path = path.clone();
    for _ in 0..8 {
        let known = (0..=path.len()).rev().find(|end| modules.contains_key(&path[..*end])).unwrap_or(0);
        let (module, rest) = (path[..known].to_vec(), &path[known..]);
        let next = rest.first().and_then(|name| {
            let names = handed_on(&module, &modules[&module]);
            names.into_iter().find(|(handed, target)| handed == name && target.len() > known + 1)
        });
        match next {
            Some((_, target)) if modules.contains_key(&target[..=known]) => {
                let rest = rest[1..].to_vec();
                path = [target, rest].concat();
            }
            _ => return module,
        }
    }
    path
}

/// Whether a module contains another.
fn contains(parent: &Module, child: &Module) -> bool {
    parent.len() < child.len() && child.starts_with(parent)
}

fn imports() -> Imports {
    let modules = modules();
    let mut imports = Imports::new();
    for (module, text) in &modules {
        let named = paths(module, text).into_iter().map(|path| definer(&path, &modules));
        let mut named: BTreeSet<Module> = named.filter(|other| other != module).collect();
        // A module also imports what it hands on or uses of those below it.
        let below = handed_on(module, text).into_iter().map(|(_, path)| definer(&path, &modules));
        named.extend(below.filter(|other| contains(module, other)));
        imports.insert(module.clone(), named);
    }
    imports
}

fn shown(module: &Module) -> String {
    if module.is_empty() { "lib".to_owned() } else { module.join("/") }
}

/// The layers, from the top, as ARCHITECTURE.md has them in its table.
fn layers() -> Vec<Vec<String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let table = text.split("| layer |").nth(1).expect("the table of layers");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let names = |row: &str| {
        let cell = row.split('|').nth(1).unwrap();
        cell.split('`').skip(1).step_by(2).map(|name| name.trim_end_matches('/').to_owned()).collect()
    };
    rows.map(names).collect()
}

#[test]
fn imports_run_downwards_only() {
    let layers = layers();
    let layer = |module: &Module| {
        let name = module.first().map_or("main", String::as_str);
        let found = layers.iter().position(|names| names.iter().any(|layer| layer == name));
        found.unwrap_or_else(|| panic!("{name} is in no layer of ARCHITECTURE.md"))
    };
    let mut upwards = Vec::new();
    for (module, others) in imports() {
        // The crate itself is a list of its modules.
        for other in others.iter().filter(|_| !module.is_empty()) {
            if layer(other) < layer(&module) {
                upwards.push(format!("{} imports {}", shown(&module), shown(other)));
            }
        }
    }
    assert!(upwards.is_empty(), "imports that run upwards in the table of layers:\n{}", upwards.join("\n"));
}

/// What can be reached from a module by its imports. What a module takes from the one that contains it is left out: a
/// folder's `mod.rs` and its files are one thing, seen from outside.
fn reached<'a>(from: &'a Module, imports: &'a Imports) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for other in imports[module].iter().filter(|other| !contains(other, module)) {
            if reached.insert(other) {
                open.push(other);
            }
        }
    }
    reached
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let imports = imports();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        imports.keys().map(|module| (module, reached(module, &imports))).collect();
    let circle_of = |module: &Module| -> Vec<String> {
        let is_in = |other: &&&Module| reached[**other].contains(module);
        reached[module].iter().filter(is_in).map(|other| shown(other)).collect()
    };
    let circles: BTreeSet<Vec<String>> =
        imports.keys().map(circle_of).filter(|circle| !circle.is_empty()).collect();
    assert!(circles.is_empty(), "these modules import each other in circles: {circles:#?}");
}
