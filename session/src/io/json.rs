//! JSON (RFC 8259), as far as headers of files need it: texts, natural numbers, lists and objects.

use std::fmt::Write;

/// The deepest nesting that is read, so that no text overflows the stack.
const DEEPEST: usize = 128;

/// A value.
#[derive(Debug, PartialEq)]
pub(super) enum Json {
    Text(String),
    /// As it is written.
    Number(String),
    List(Vec<Json>),
    /// Its members in order, two of one name included.
    Object(Vec<(String, Json)>),
    /// `null`, `true` or `false`.
    Word,
}

impl Json {
    /// Reads a value, or says what is wrong and where.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, place: 0 };
        let value = reader.value(0)?;
        reader.skip_space();
        if reader.place == text.len() { Ok(value) } else { Err(reader.unexpected()) }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A natural number: digits only, as large as the machine counts.
    pub(super) fn natural(&self) -> Option<usize> {
        if let Self::Number(digits) = self { digits.parse().ok() } else { None }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    pub(super) fn object(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The first member of an object with this name.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.object()?.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            // Writing to a text cannot fail.
            '\0'..' ' => _ = write!(quoted, "\\u{:04x}", u32::from(character)),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// An object of members that are JSON already.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members.into_iter().map(|(name, value)| quoted(name) + ":" + &value).collect();
    format!("{{{}}}", members.join(","))
}

struct Reader<'t> {
    text: &'t str,
    place: usize,
}

impl Reader<'_> {
    fn unexpected(&self) -> String {
        match self.text[self.place..].chars().next() {
            Some(character) => format!("unexpected {character:?} at position {}", self.place),
            None => format!("unexpected end at position {}", self.place),
        }
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.place).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.place += 1;
        }
    }

    /// Whether `expected` comes next; if so, it is read.
    fn takes(&mut self, expected: &str) -> bool {
        let found = self.text[self.place..].starts_with(expected);
        if found {
            self.place += expected.len();
        }
        found
    }

    fn take(&mut self, expected: &str) -> Result<(), String> {
        if self.takes(expected) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > DEEPEST {
            return Err(format!("a depth of more than {DEEPEST} at position {}", self.place));
        }
        self.skip_space();
        match self.next() {
            Some(b'{') => {
                let member = |reader: &mut Self| {
                    reader.skip_space();
                    let name = reader.text()?;
                    reader.skip_space();
                    reader.take(":")?;
                    Ok((name, reader.value(depth + 1)?))
                };
                self.items("{", member, "}").map(Json::Object)
            }
            Some(b'[') => self.items("[", |reader| reader.value(depth + 1), "]").map(Json::List),
            Some(b'"') => self.text().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.takes("null") || self.takes("true") || self.takes("false") => Ok(Json::Word),
            _ => Err(self.unexpected()),
        }
    }

    /// Items with commas between them.
    fn items<I>(
        &mut self,
        start: &str,
        item: impl Fn(&mut Self) -> Result<I, String>,
        end: &str,
    ) -> Result<Vec<I>, String> {
        self.take(start)?;
        self.skip_space();
        let mut items = Vec::new();
        if self.takes(end) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.skip_space();
            if self.takes(end) {
                return Ok(items);
            }
            self.take(",")?;
        }
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.place;
        self.takes("-");
        if !self.takes("0") {
            self.digits()?;
        }
        if self.takes(".") {
            self.digits()?;
        }
        if self.takes("e") || self.takes("E") {
            _ = self.takes("+") || self.takes("-");
            self.digits()?;
        }
        Ok(Json::Number(self.text[start..self.place].to_owned()))
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.place;
        while matches!(self.next(), Some(b'0'..=b'9')) {
            self.place += 1;
        }
        if self.place > start { Ok(()) } else { Err(self.unexpected()) }
    }

    fn text(&mut self) -> Result<String, String> {
        self.take("\"")?;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.place..];
            let plain = rest.find(|c: char| c < ' ' || c == '"' || c == '\\').unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.place += plain;
            if self.takes("\"") {
                return Ok(text);
            }
            self.take("\\")?;
            text.push(self.escaped()?);
        }
    }

    /// The character that an escape stands for, after its backslash.
    fn escaped(&mut self) -> Result<char, String> {
        const ESCAPES: [(&str, char); 8] = [
            ("\"", '"'),
            ("\\", '\\'),
            ("/", '/'),
            ("b", '\u{8}'),
            ("f", '\u{c}'),
            ("n", '\n'),
            ("r", '\r'),
            ("t", '\t'),
        ];
        if let Some((_, character)) = ESCAPES.into_iter().find(|(escape, _)| self.takes(escape)) {
            return Ok(character);
        }
        self.take("u")?;
        let first = self.unit()?;
        // Characters beyond the first 65536 are pairs of UTF-16.
        let second = if (0xd800..0xdc00).contains(&first) && self.takes("\\u") { Some(self.unit()?) } else { None };
        let mut characters = char::decode_utf16([first].into_iter().chain(second));
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(format!("half a character before position {}", self.place)),
        }
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u16, String> {
        let digits =
            self.text.get(self.place..self.place + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or_else(|| self.unexpected())?;
        self.place += 4;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn same(json: &Json, value: &Value) -> bool {
        match (json, value) {
            (Json::Text(text), Value::String(expected)) => text == expected,
            (Json::Number(digits), Value::Number(expected)) => digits.parse::<f64>().ok() == expected.as_f64(),
            (Json::List(items), Value::Array(expected)) => {
                items.len() == expected.len() && items.iter().zip(expected).all(|(item, expected)| same(item, expected))
            }
            (Json::Object(members), Value::Object(expected)) => {
                members.iter().all(|(name, _)| expected.contains_key(name))
                    && expected.iter().all(|(name, value)| {
                        members.iter().rfind(|(known, _)| known == name).is_some_and(|(_, member)| same(member, value))
                    })
            }
            (Json::Word, Value::Null | Value::Bool(_)) => true,
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn what_serde_json_reads_is_read_and_nothing_else(
            parts in proptest::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"a\":", " ", "\n", "0", "1", "-", ".", "2.5", "e3", "E-1", "01",
                    "null", "true", "fals", "\\", "\\n", "\\u", "0041", "\\ud83d\\ude00", "\\ud83d", "é", "\t",
                ]),
                0..12,
            ),
        ) {
            let text = parts.concat();
            match (Json::parse(&text), serde_json::from_str::<Value>(&text)) {
                (Ok(json), Ok(value)) => prop_assert!(same(&json, &value), "{text}: {json:?}"),
                (Err(_), Err(_)) => {}
                // Here numbers are as large as they are written.
                (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => {}
                (json, value) => prop_assert!(false, "{text}: {json:?}, {value:?}"),
            }
        }

        #[test]
        fn a_text_survives_the_round_trip(text in any::<String>()) {
            prop_assert_eq!(Json::parse(&quoted(&text)), Ok(Json::Text(text.clone())));
            prop_assert_eq!(serde_json::from_str::<String>(&quoted(&text)).unwrap(), text);
        }
    }
}
