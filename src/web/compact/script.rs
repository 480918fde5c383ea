//! Makes scripts smaller: comments, spaces and ends of lines are for those who read the source.
//!
//! It splits a script into tokens, as far as is needed to know where strings, templates, regular expressions and comments begin
//! and end, and writes the tokens close together. The end of a line stays where it may end a statement. What looks like a
//! regular expression behind `}` is one: nothing here divides an object by something.

use crate::web::compact::{length_of_blanks, length_of_comment, length_of_string};

/// `source` without what only its authors need. It means the same.
pub(in crate::web) fn compact_script(source: &str) -> String {
    let tokens: Vec<Token<'_>> = Tokens::new(source).collect();
    let mut text = String::with_capacity(source.len());
    let mut before: Option<&Token<'_>> = None;
    for (at, token) in tokens.iter().enumerate() {
        if is_superfluous(&tokens, at) {
            continue;
        }
        if let Some(before) = before {
            if token.is_on_new_line && before.may_end_statement() && token.may_begin_statement() {
                text.push('\n');
            } else if needs_space(before, token) {
                text.push(' ');
            }
        }
        text.push_str(token.text);
        before = Some(token);
    }
    text
}

/// Whether the token at `at` may be left out: a semicolon or a comma before a bracket that closes, or brackets around the only
/// parameter of an arrow function. (A semicolon after a condition is a statement, a comma after a comma an element.)
fn is_superfluous(tokens: &[Token<'_>], at: usize) -> bool {
    let text_at = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let is_parameter = |open: usize| {
        text_at(open) == "("
            && tokens.get(open + 1).is_some_and(|token| token.kind == Kind::Word)
            && text_at(open + 2) == ")"
            && text_at(open + 3) == "=>"
    };
    let ends = at > 0 && tokens[at - 1].may_end_statement() && tokens[at - 1].text != "else";
    match text_at(at) {
        ";" => ends && text_at(at + 1) == "}",
        "," => ends && [")", "]", "}"].contains(&text_at(at + 1)),
        "(" => is_parameter(at),
        ")" => at >= 2 && is_parameter(at - 2),
        _ => false,
    }
}

/// Whether two neighbours would be something else without a space between them.
fn needs_space(before: &Token<'_>, after: &Token<'_>) -> bool {
    let is_word = after.kind == Kind::Word;
    match before.kind {
        Kind::Word => is_word || (before.text.starts_with(|c: char| c.is_ascii_digit()) && after.text == "."),
        Kind::Regex => is_word,
        Kind::Punctuation => {
            ['+', '-', '/'].iter().any(|sign| before.text.ends_with(*sign) && after.text.starts_with(*sign))
        }
        Kind::Text | Kind::Opening | Kind::Closing => false,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A name, a keyword, a number.
    Word,
    /// A string, or the last part of a template.
    Text,
    /// A part of a template that ends with `${`.
    Opening,
    Regex,
    Punctuation,
    /// A bracket that closes a condition, as of `if`, or a block: it ends no expression.
    Closing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    kind: Kind,
    /// There is the end of a line between the token before and this one.
    is_on_new_line: bool,
}

impl Token<'_> {
    fn may_end_statement(&self) -> bool {
        match self.kind {
            Kind::Word | Kind::Text | Kind::Regex => true,
            Kind::Opening | Kind::Closing => false,
            Kind::Punctuation => matches!(self.text, ")" | "]" | "}" | "++" | "--"),
        }
    }

    fn may_begin_statement(&self) -> bool {
        match self.kind {
            Kind::Punctuation => matches!(self.text, "(" | "[" | "{" | "+" | "-" | "++" | "--" | "!" | "~"),
            // The rest of a template goes on.
            Kind::Text | Kind::Opening => !self.text.starts_with('}'),
            Kind::Word | Kind::Regex => true,
            Kind::Closing => false,
        }
    }

    /// A slash that follows is a division. Behind a keyword, it is not.
    fn is_operand(&self) -> bool {
        const KEYWORDS: [&str; 12] = [
            "return", "typeof", "case", "in", "of", "delete", "void", "throw", "else", "do", "await", "yield",
        ];
        self.may_end_statement() && self.text != "}" && !KEYWORDS.contains(&self.text)
    }
}

/// The tokens of a script.
struct Tokens<'a> {
    rest: &'a str,
    before: Option<Token<'a>>,
    /// What the brackets that are open are of.
    open: Vec<Open>,
    /// The next round bracket opens the condition of a statement, or the parameters of one that declares a function.
    is_condition_next: bool,
    /// The next curly bracket opens a class.
    is_class_next: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Template,
    /// A condition or a block.
    Part,
    Class,
    Other,
}

impl<'a> Tokens<'a> {
    fn new(source: &'a str) -> Tokens<'a> {
        Tokens {
            rest: source,
            before: None,
            open: Vec::new(),
            is_condition_next: false,
            is_class_next: false,
        }
    }

    /// Takes `length` bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Skips spaces and comments. Returns whether a line ended there.
    fn skip_blanks(&mut self) -> bool {
        let mut is_line_end = false;
        loop {
            let length = if self.rest.starts_with("//") {
                self.rest.find('\n').unwrap_or(self.rest.len())
            } else if self.rest.starts_with("/*") {
                length_of_comment(self.rest)
            } else {
                length_of_blanks(self.rest)
            };
            if length == 0 {
                return is_line_end;
            }
            is_line_end |= self.take(length).contains('\n');
        }
    }

    fn length_and_kind(&mut self, first: char) -> (usize, Kind) {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '\\');
        match first {
            '"' | '\'' => (length_of_string(self.rest, first), Kind::Text),
            '`' => self.template(),
            '}' if self.open.last() == Some(&Open::Template) => {
                self.open.pop();
                self.template()
            }
            '/' if !self.before.is_some_and(|before| before.is_operand()) => match length_of_regex(self.rest)
            {
                Some(length) => (length, Kind::Regex),
                None => (1, Kind::Punctuation),
            },
            _ if is_word(first) => {
                let has_dots = first.is_ascii_digit();
                let length = self.rest.find(|c| !(is_word(c) || has_dots && c == '.'));
                (length.unwrap_or(self.rest.len()), Kind::Word)
            }
            '+' | '-' if self.rest[1..].starts_with(first) => (2, Kind::Punctuation),
            '=' if self.rest.starts_with("=>") => (2, Kind::Punctuation),
            '(' => {
                self.open.push(if self.is_condition_next { Open::Part } else { Open::Other });
                (1, Kind::Punctuation)
            }
            '{' => {
                let opened = self.what_opens();
                self.open.push(opened);
                (1, Kind::Punctuation)
            }
            ')' | '}' if self.open.pop() == Some(Open::Part) => (1, Kind::Closing),
            _ => (first.len_utf8(), Kind::Punctuation),
        }
    }

    /// What a curly bracket opens here.
    fn what_opens(&mut self) -> Open {
        let Some(before) = self.before else { return Open::Other };
        if std::mem::take(&mut self.is_class_next) {
            return Open::Class;
        }
        let is_method = before.text == ")" && self.open.last() == Some(&Open::Class);
        let is_block = ["else", "do", "try", "catch", "finally"].contains(&before.text);
        if before.kind == Kind::Closing || is_method || is_block { Open::Part } else { Open::Other }
    }

    /// A part of a template, which begins with a backtick or with a bracket.
    fn template(&mut self) -> (usize, Kind) {
        let mut is_escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            if is_escaped {
                is_escaped = false;
            } else if c == '\\' {
                is_escaped = true;
            } else if c == '`' {
                return (at + 1, Kind::Text);
            } else if self.rest[at..].starts_with("${") {
                self.open.push(Open::Template);
                return (at + 2, Kind::Opening);
            }
        }
        (self.rest.len(), Kind::Text)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let is_on_new_line = self.skip_blanks();
        let (length, kind) = self.length_and_kind(self.rest.chars().next()?);
        let text = self.take(length);
        self.is_condition_next = match text {
            "if" | "for" | "while" | "with" | "catch" => self.before.is_none_or(|before| before.text != "."),
            // A function that is part of an expression ends no statement.
            "function" => self.before.is_none_or(|before| {
                before.kind == Kind::Closing || ["export", ";", "{"].contains(&before.text)
            }),
            // `for await (…)`, `function name(…)`
            _ => self.is_condition_next && kind == Kind::Word,
        };
        // (A property may have that name.)
        self.is_class_next = match text {
            "class" => self.before.is_none_or(|before| before.text != "."),
            ":" => false,
            _ => self.is_class_next,
        };
        self.before = Some(Token { text, kind, is_on_new_line });
        self.before
    }
}

/// The length of the regular expression at the beginning of `text`, with its flags. It ends on its line.
fn length_of_regex(text: &str) -> Option<usize> {
    let (mut is_escaped, mut is_class) = (false, false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return None,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => is_class = true,
            ']' => is_class = false,
            '/' if !is_class => {
                let flags = &text[at + 1..];
                return Some(text.len() - flags.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Tokens, compact_script};

    #[test]
    fn scripts_mean_the_same_without_spaces_and_comments() {
        for (source, served) in [
            ("\tif (a === b) return { c: [d, e], };\n", "if(a===b)return{c:[d,e]};"),
            ("f(\n\t[\n\t\ta,\n\t\tb,\n\t],\n);\ng();\n", "f([a,b]);g();"),
            ("{\n\ta(); // b\n}\n/** c\n * d */ e /* f */ (g);", "{a()}\ne(g);"),
            ("import { a } from \"b, c\";\n", "import{a}from\"b, c\";"),
            ("x = y ? \" = // \" : - -z + 'it\\'s  /* ';", "x=y?\" = // \":- -z+'it\\'s  /* ';"),
            ("x = y++ + +z - --w;", "x=y++ + +z- --w;"),
            ("const a = async (b) => c && ((d, e) => d)(e);", "const a=async b=>c&&((d,e)=>d)(e);"),
            ("({ get b() { return 1; } }).b", "({get b(){return 1}}).b"),
            ("1 .toFixed() + 1.5.toFixed(2)", "1 .toFixed()+1.5.toFixed(2)"),
            ("const [, a, , ] = b;", "const[,a,,]=b;"),
        ] {
            assert_eq!(compact_script(source), served);
            assert_eq!(compact_script(served), served, "twice");
        }
    }

    #[test]
    fn lines_end_where_statements_may() {
        for (source, served) in [
            ("a()\nb\n++c\n(d)", "a()\nb\n++c\n(d)"),
            ("return\n{ a }", "return\n{a}"),
            ("a\n\t.b()\n\t&& c\n? d\n: e +\nf", "a.b()&&c?d:e+f"),
            ("if (a)\n\tb\nelse c", "if(a)b\nelse c"),
            ("for await (const a of b)\n{\n}\nc", "for await(const a of b){}c"),
            ("class A {\n\t#b = 1;\n\tc() {\n\t\td;\n\t}\n\te() {}\n}\nf", "class A{#b=1;c(){d}e(){}}\nf"),
            ("export function a() {\n}\nb = function () {\n}\nc", "export function a(){}b=function(){}\nc"),
            ("() => {\nfunction a() {\n}\nfunction b() {\n}\nc\n}", "()=>{function a(){}function b(){}c}"),
            ("try { a; }\ncatch { b; }\nc", "try{a}catch{b}c"),
            ("try { a; }\ncatch (b) { c; }\nd", "try{a}catch(b){c}d"),
            ("const a = { class: {}, b() {} }\nc", "const a={class:{},b(){}}\nc"),
            ("{ while (a()); }", "{while(a());}"),
            ("{ if (a) b; else; }", "{if(a)b;else;}"),
        ] {
            assert_eq!(compact_script(source), served);
            assert_eq!(compact_script(served), served, "twice");
        }
    }

    #[test]
    fn templates_and_regular_expressions_stay_as_they_are() {
        for (source, served) in [
            ("x = `a ,\n b \\` , c\n`;\ny = 1", "x=`a ,\n b \\` , c\n`;y=1"),
            (
                "`a ${ b ? `c  ${ { d: 1 }.d } // e` : \"}  \" }  f`\ng",
                "`a ${b?`c  ${{d:1}.d} // e`:\"}  \"}  f`\ng",
            ),
            ("x = / [/ \"] \\/  /g.test(y) ? a / b / c : (d) / e", "x=/ [/ \"] \\/  /g.test(y)?a/b/c:(d)/e"),
            ("if (a) / b \" /.test(c)", "if(a)/ b \" /.test(c)"),
            ("return / a/ in b", "return/ a/ in b"),
            ("x = a / / b  /", "x=a/ / b  /"),
            ("x[0] / y++ / z", "x[0]/y++/z"),
        ] {
            assert_eq!(compact_script(source), served);
            assert_eq!(compact_script(served), served, "twice");
        }
    }

    #[test]
    fn any_text_has_tokens() {
        for text in ["", "`", "`${", "}", ")", "\"\\", "/", "/*", "//", "/[", "é/\u{200b}\u{85}", "`${`${`"]
        {
            let length: usize = Tokens::new(text).map(|token| token.text.len()).sum();
            assert!(length <= text.len());
            compact_script(text);
        }
    }
}
